import { createHash } from "node:crypto";
import type { Cell, Run } from "../study/run.js";
import { separated } from "./parameters.js";

/** Longer names are cut and end in a hash: file systems take 255 bytes. */
const longest = 200;

/** A cell's folder, of [a-z0-9.-] only: `adam-bn-t0.05-dicefg`, then the further axes: `-learning-rate0.01`. */
export function cellName(cell: Cell, axes: readonly (keyof Cell)[]): string {
  const { optimizer, batchNorm, threshold, loss } = cell;
  const main = `${optimizer}-${batchNorm ? "bn" : "nobn"}-t${threshold}-${word(loss)}`;
  const name = main + axes.map((key) => `-${separated(key, "-")}${valued(cell[key])}`).join("");
  if (name.length <= longest) {
    return name;
  }
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${name.slice(0, longest - hash.length - 1)}-${hash}`;
}

/** A run's name within its sweep: `adam-bn-t0.05-dicefg/run-0`. */
export function runName(run: Run): string {
  return `${cellName(run.cell, run.columns)}/run-${run.repetition}`;
}

function valued(value: Cell[keyof Cell]): string {
  return typeof value === "number" ? String(value) : `-${word(String(value))}`;
}

function word(text: string): string {
  return text.toLowerCase().replaceAll("_", "-");
}
