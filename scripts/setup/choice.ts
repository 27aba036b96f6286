import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bindingLink } from "../../src/tensorflow/native/binding.js";
import type { Variant } from "../../src/tensorflow/native/manifest.js";

/** What `--device` of set-up can say; "auto" goes by the driver. */
export const devices = ["auto", "cpu", "gpu"] as const;
export type SetupDevice = (typeof devices)[number];

/** Beside the link to the addon, and so gone with it when the npm packages are installed anew. */
function placeOf(link: string): string {
  return join(dirname(link), "segloss-device");
}

/** The variant that set-up was told to provide, the last time that it was told anything; undefined for "auto". */
export function recallDevice(link: string = bindingLink()): Variant | undefined {
  try {
    const text = readFileSync(placeOf(link), "utf8").trim();
    return text === "cpu" || text === "gpu" ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what set-up was told for the times that it is told nothing. Throws disk errors. */
export function rememberDevice(device: SetupDevice, link: string = bindingLink()): void {
  if (device === "auto") {
    rmSync(placeOf(link), { force: true });
    return;
  }
  mkdirSync(dirname(link), { recursive: true });
  writeFileSync(placeOf(link), `${device}\n`);
}
