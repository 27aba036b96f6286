import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { keyIdentity, sweepKey } from "../analysis/axes.js";
import { parseMeasuredColumn } from "../analysis/input/columns.js";
import type { RunTable } from "../analysis/input/run-table.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { createSlugger } from "../config/file-slug.js";
import { cellName } from "../config/run-names.js";
import { exitCode } from "../errors.js";
import { readTextIfAny } from "../results/fs/contents.js";
import { createFolder } from "../results/fs/durable.js";
import { withFileErrors } from "../results/fs/errors.js";
import { moveGuarded, refuseUnlessPlainFile, writeGuarded } from "../results/fs/guarded-write.js";
import { temporaryName } from "../results/paths.js";
import { openSummaryWriter } from "../tensorflow/index.js";
import type { RunRows } from "./run-rows.js";

// Each run has a folder, which is a run for TensorBoard too: DIR/adam-bn-t0.05-dice/run-0. Beside its events stands what
// they were made of, so that the same export again writes only what is missing or has changed.

const eventsFileName = "events.out.tfevents.0.segloss.v2";
const sourceFileName = "segloss-export.json";

/** So many rows take some milliseconds, after which signals and the progress bar have their turn. */
const rowsAtOnce = 100;

/** Returns the folder of each run within the folder for TensorBoard. No two runs have the same. */
export function runFolders(runs: readonly RunSummary[]): ReadonlyMap<RunSummary, string> {
  const slugOf = createSlugger();
  const cells = new Map<string, string>();
  return new Map(
    runs.map((run) => {
      const { keys, record } = run;
      const cell = keyIdentity(keys, [...keys.keys()]);
      const words = [...keys].filter(([key]) => key !== sweepKey).map(([, value]) => value);
      const name = record === undefined ? words.join("-") : cellName(record.cell, record.columns);
      const slug = cells.get(cell) ?? slugOf([keys.get(sweepKey) ?? [], name].flat().join("-"));
      cells.set(cell, slug);
      return [run, join(slug, `run-${run.run}`)];
    }),
  );
}

/**
 * Writes the scalars of a run for TensorBoard, at every step that `every` divides and at the last one; accuracies at every
 * step at which they were measured. Does nothing if the same scalars are there already. Returns whether it wrote them.
 *
 * @param root the folder that the user named; `folder` is the run's, below it
 * @param pause called now and then; may throw to stop the export
 * @throws SeglossError if a file cannot be written, or may not be
 */
export async function writeEvents(
  { table }: RunRows,
  place: { readonly root: string; readonly folder: string },
  every: number,
  pause: () => Promise<void>,
): Promise<boolean> {
  const { root, folder } = place;
  const [events, source] = [join(folder, eventsFileName), join(folder, sourceFileName)];
  const sourceText = `${JSON.stringify({ every, rows: digestOf(table) })}\n`;
  for (const path of [events, source]) {
    withFileErrors(path, () => refuseUnlessPlainFile(path), exitCode.usage);
  }
  if (readTextIfAny(source) === sourceText && readTextIfAny(events) !== undefined) {
    return false;
  }
  // Also proves that the folder can be written, before TensorFlow tries it: whatever stops it now leaves no valid source.
  writeGuarded(root, source, "");
  const temporary = temporaryName(folder);
  try {
    withFileErrors(temporary, () => createFolder(temporary), exitCode.usage);
    await writeScalars(temporary, table, every, pause);
    const [name = ""] = readdirSync(temporary);
    moveGuarded(root, join(temporary, name), events);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  writeGuarded(root, source, sourceText);
  return true;
}

async function writeScalars(
  folder: string,
  { steps, values }: RunTable,
  every: number,
  pause: () => Promise<void>,
): Promise<void> {
  const series = [...values].map(([column, numbers]) => ({ column, tag: tagOf(column), numbers }));
  const writer = openSummaryWriter(folder);
  try {
    for (const [row, step] of steps.entries()) {
      const isWritten = step % every === 0 || row === steps.length - 1;
      for (const { column, tag, numbers } of series) {
        const value = numbers[row] ?? Number.NaN;
        if (column === "accuracy" ? !Number.isNaN(value) : isWritten) {
          writer.scalar(tag, value, step);
        }
      }
      if (row % rowsAtOnce === 0) {
        await pause();
      }
    }
  } finally {
    writer.close();
  }
}

/** Returns a column's name for TensorBoard, which groups charts by what stands before the slash: "grad_norm/cce". */
function tagOf(column: string): string {
  const measured = parseMeasuredColumn(column);
  if (measured === undefined) {
    return column;
  }
  const { quantity, loss, layer } = measured;
  return quantity === "loss" ? `loss/${loss}` : `grad_norm/${[loss, layer ?? []].flat().join("/")}`;
}

/** Returns a checksum of the rows of a run. */
function digestOf({ steps, values }: RunTable): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([...values.keys()]))
    .update(steps);
  for (const numbers of values.values()) {
    hash.update(numbers);
  }
  return hash.digest("hex");
}
