import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createFolders, replaceFile } from "../../src/results/fs/durable.js";
import { provenance } from "../../src/results/provenance.js";
import { readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import type { FinishedPart } from "./part.js";

/** What finished parts depend on: a file with another origin is not continued. */
export interface Origin {
  readonly device: "cpu" | "gpu";
  readonly quick: boolean;
  readonly segloss: string;
  readonly commit: string | null;
  /** Names of the cards, and the driver's version; empty on the CPU. */
  readonly gpus: readonly string[];
  readonly driver: string | null;
}

/** Reads the origin of this program on this machine. */
export async function readOrigin(device: "cpu" | "gpu", quick: boolean): Promise<Origin> {
  const { segloss, commit } = provenance();
  const driver = device === "gpu" ? await readNvidiaDriver() : ({ state: "none" } as const);
  const isUsable = driver.state === "usable";
  return {
    device,
    quick,
    segloss,
    commit: commit ?? null,
    gpus: isUsable ? driver.gpus.map(({ index, name }) => `${name} (GPU ${index})`) : [],
    driver: isUsable ? (driver.version ?? null) : null,
  };
}

/**
 * Reads the parts that an earlier call with the same origin has finished without failing. Returns none for
 * any other file.
 */
export function readFinishedParts(file: string, origin: Origin): FinishedPart[] {
  try {
    const { origin: other, parts } = JSON.parse(readFileSync(file, "utf8"));
    const isSame = JSON.stringify(other) === JSON.stringify(origin);
    return isSame ? parts.filter(({ ok }: FinishedPart) => ok) : [];
  } catch {
    return [];
  }
}

/** Replaces the file by all finished parts and the names of those that are left. */
export function writeResults(
  file: string,
  origin: Origin,
  parts: readonly FinishedPart[],
  left: readonly string[],
): void {
  createFolders(dirname(file));
  replaceFile(file, `${JSON.stringify({ origin, parts, left }, undefined, 2)}\n`);
}
