import { createHash } from "node:crypto";
import type { Config } from "./config.js";

/** Returns the sha256 of a config in hex. The order of its keys does not matter. */
export function hashConfig(config: Config): string {
  return sha256Hex(canonicalJson(config));
}

/** Returns the sha256 of bytes, or of a text's UTF-8 bytes, in hex. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Returns JSON with every object's keys sorted, so that equal content has equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
