import { statSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import type { RunCurves } from "../analysis/run-curves.js";
import { exitCode } from "../errors.js";
import { withFileErrors } from "../results/fs/errors.js";
import { encodeCurves } from "./curve-codec.js";

/** The most bytes that the curves of all runs may take in a page, as base64. */
const budget = 4.7e6;

// Measured on CSVs of five losses: bytes in a CSV for each value, and the most bytes of a value in a page.
const csvBytes = 14.5;
const exactBytes = 4.8;
const singleBytes = 2.2;
const intervalBytes = 3.6;

/** Intervals into which a run is divided at least, however many runs there are. */
const fewest = 50;

/** Losses and norms in a run of the study. */
const usualColumns = 10;

/** Lengths of intervals, and their multiples by powers of 10. */
const lengths = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100];

/**
 * Returns the steps in an interval by which the curves of these CSVs fit into a page: 1, so every step, for small sweeps.
 * Only the sizes of the files are read. The curves of more than some 5,000 runs do not fit even so.
 */
export function embeddedWidth(files: readonly { readonly path: string }[]): number {
  const values = valuesIn(files);
  if (values * singleBytes <= budget) {
    return 1;
  }
  const wanted = (values * intervalBytes) / budget;
  const rowsOfRun = values / files.length / usualColumns;
  const width = Math.max(2, Math.min(wanted, rowsOfRun / fewest));
  const power = 10 ** Math.max(0, Math.floor(Math.log10(width)) - 1);
  return (lengths.find((length) => length * power >= width) ?? 100) * power;
}

/** Returns the curves of runs for a page, by their ids: exactly as recorded if they are few. */
export function embedCurves(runs: ReadonlyMap<string, RunCurves>): ReadonlyMap<string, string> {
  const values = [...runs.values()].reduce(
    (sum, { width, steps, columns }) =>
      sum + (width === 1 ? steps.length * columns.size : Number.POSITIVE_INFINITY),
    0,
  );
  const precision = values * exactBytes <= budget ? "exact" : "rounded";
  return new Map([...runs].map(([id, curves]) => [id, packCurves(encodeCurves(curves, precision))]));
}

/** Returns bytes as the page reads them: deflated, as base64. */
function packCurves(bytes: Uint8Array): string {
  return deflateRawSync(bytes, { level: 9 }).toString("base64");
}

function valuesIn(files: readonly { readonly path: string }[]): number {
  // The standard input has no size. It is taken for a run of the study.
  const bytes = files.map(({ path }) =>
    path === "-" ? 1e6 : withFileErrors(path, () => statSync(path), exitCode.usage).size,
  );
  return bytes.reduce((sum, size) => sum + size, 0) / csvBytes;
}
