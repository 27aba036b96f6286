import type { Cell, Run } from "../study/run.js";
import { sha256Hex } from "./hash.js";
import { separated } from "./parameters.js";

/** File systems take names of 255 bytes. Longer names are cut and end in a hash. */
const maxLength = 200;

/** Returns the name of a cell's folder, of [a-z0-9.-] only: `adam-bn-t0.05-dicefg`, then further axes: `-learning-rate0.01`. */
export function cellName(cell: Cell, axes: readonly (keyof Cell)[]): string {
  const { optimizer, batchNorm, threshold, loss } = cell;
  const main = `${optimizer}-${batchNorm ? "bn" : "nobn"}-t${threshold}-${nameWord(loss)}`;
  const name = main + axes.map((key) => `-${separated(key, "-")}${nameValue(cell[key])}`).join("");
  if (name.length <= maxLength) {
    return name;
  }
  const hash = sha256Hex(name).slice(0, 16);
  return `${name.slice(0, maxLength - hash.length - 1)}-${hash}`;
}

/** Returns a run's name within its sweep: `adam-bn-t0.05-dicefg/run-0`. */
export function runName(run: Run): string {
  return `${cellName(run.cell, run.columns)}/run-${run.repetition}`;
}

function nameValue(value: Cell[keyof Cell]): string {
  return typeof value === "number" ? String(value) : `-${nameWord(String(value))}`;
}

function nameWord(text: string): string {
  return text.toLowerCase().replaceAll("_", "-");
}
