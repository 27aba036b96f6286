import { separated } from "../study/row-layout.js";
import type { Cell, Run } from "../study/run.js";
import { fileSlug } from "./file-slug.js";

/** Returns the name of a cell's folder, of [a-z0-9.-] only: `adam-bn-t0.05-dicefg`, then further axes: `-learning-rate0.01`. */
export function cellName(cell: Cell, axes: readonly (keyof Cell)[]): string {
  const { optimizer, batchNorm, threshold, loss } = cell;
  const main = `${optimizer}-${batchNorm ? "bn" : "nobn"}-t${threshold}-${nameWord(loss)}`;
  return fileSlug(main + axes.map((key) => `-${separated(key, "-")}${nameValue(cell[key])}`).join(""));
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
