import { createHash } from "node:crypto";
import type { Config } from "./config.js";

/** The sha256 of a config, in hex; the order of its keys has no part in it. */
export function hashConfig(config: Config): string {
  return createHash("sha256").update(canonical(config)).digest("hex");
}

/** JSON with every object's keys in order, so that equal content gives equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The keys in which two configs differ. */
export function differingKeys(one: object, other: object): readonly string[] {
  const values = [new Map(Object.entries(one)), new Map(Object.entries(other))] as const;
  const keys = new Set([...values[0].keys(), ...values[1].keys()]);
  return [...keys].filter(
    (key) => canonical(values[0].get(key) ?? null) !== canonical(values[1].get(key) ?? null),
  );
}
