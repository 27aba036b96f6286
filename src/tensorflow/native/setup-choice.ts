import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Variant } from "./manifest.js";

// What the last set-up with this cache was asked for and has installed. A file of its own, though short:
// set-up writes it, the loader of the library reads it.

/** Values of set-up's `--device`; "auto" goes by the driver. */
export const setupDevices = ["auto", "cpu", "gpu"] as const;
export type SetupDevice = (typeof setupDevices)[number];

export interface SetupChoice {
  readonly device: SetupDevice;
  readonly variant: Variant;
}

const fileName = "setup.json";

/** Reads the choice of the last set-up. Returns undefined if there was none, or if its file is damaged. */
export function readSetupChoice(cache: string): SetupChoice | undefined {
  try {
    const { device, variant } = JSON.parse(readFileSync(join(cache, fileName), "utf8"));
    const isKnown = setupDevices.includes(device) && (variant === "cpu" || variant === "gpu");
    return isKnown ? { device, variant } : undefined;
  } catch {
    return undefined;
  }
}

/** Stores a choice in an existing cache folder. Throws disk errors. */
export function writeSetupChoice(cache: string, choice: SetupChoice): void {
  writeFileSync(join(cache, fileName), `${JSON.stringify(choice)}\n`);
}
