import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bindingLink } from "../../src/tensorflow/native/binding.js";
import type { Variant } from "../../src/tensorflow/native/manifest.js";

/** Values of set-up's `--device`; "auto" goes by the driver. */
export const setupDevices = ["auto", "cpu", "gpu"] as const;
export type SetupDevice = (typeof setupDevices)[number];

/** The file is beside the link to the addon, so that it goes when the npm packages are installed anew. */
function choiceFile(link: string): string {
  return join(dirname(link), "segloss-device");
}

/** Reads the variant that the last `--device` asked for. Returns undefined for "auto". */
export function readDeviceChoice(link: string = bindingLink()): Variant | undefined {
  try {
    const text = readFileSync(choiceFile(link), "utf8").trim();
    return text === "cpu" || text === "gpu" ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Stores a `--device` for later set-ups without one. Throws disk errors. */
export function writeDeviceChoice(device: SetupDevice, link: string = bindingLink()): void {
  if (device === "auto") {
    rmSync(choiceFile(link), { force: true });
    return;
  }
  mkdirSync(dirname(link), { recursive: true });
  writeFileSync(choiceFile(link), `${device}\n`);
}
