import { rmSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { dump } from "npyjs";
import type { NamedArray } from "../study/training.js";
import { replaceFile } from "./fs/durable.js";
import { withFileErrors } from "./fs/errors.js";
import { weightsFileName } from "./paths.js";

/** Writes arrays as an npz file, as numpy.load reads it. Throws SeglossError on disk errors. */
export function writeWeights(path: string, arrays: readonly NamedArray[]): void {
  withFileErrors(path, () => replaceFile(path, encodeNpz(arrays)));
}

/** Removes a run's weights, if there are any. Throws SeglossError on disk errors. */
export function removeWeights(folder: string, repetition: number): void {
  const path = join(folder, weightsFileName(repetition));
  withFileErrors(path, () => rmSync(path, { force: true }));
}

/** Returns an npz file: an uncompressed zip file with one npy file for each array. */
export function encodeNpz(arrays: readonly NamedArray[]): Uint8Array {
  const files = arrays.map(({ name, shape, values }) => [
    `${name}.npy`,
    new Uint8Array(dump(values, [...shape])),
  ]);
  // The earliest time that a zip file can hold, so that equal weights have equal bytes, whenever and wherever
  // they are written.
  const mtime = new Date(1980, 0, 1);
  return zipSync(Object.fromEntries(files), { level: 0, mtime });
}
