import { findIdenticalRuns, type IdenticalRuns } from "../../config/identical-runs.js";
import { cellName, runName } from "../../config/run-names.js";
import { seglossCommandLine } from "../../installation.js";
import type { RunRecord } from "../../results/run-record.js";
import type { SweepFolder, SweepView } from "../../results/sweep/sweep-folder.js";
import { shellLine } from "../../shell-line.js";
import type { Run } from "../../study/run.js";
import { pluralize, truncateList } from "../../terminal/messages.js";
import { clockText } from "../../terminal/run-progress.js";
import { alignColumns } from "../../terminal/table.js";

// What a sweep prints for a person before and after the training.

const maxRows = 40;

/** Returns what to know before a sweep starts: that it grows, and which runs only repeat the numbers of others. */
export function sweepNotes(
  { growth, earlierConfig }: SweepView & Partial<Pick<SweepFolder, "earlierConfig">>,
  runs: readonly Run[],
): readonly string[] {
  const notes: string[] = [];
  if (growth !== undefined) {
    const kept = earlierConfig === undefined ? "" : `; its config before is in ${earlierConfig}`;
    notes.push(`the sweep grows from ${growth.runsBefore} to ${pluralize(growth.runsNow, "run")}${kept}`);
  }
  const identical = findIdenticalRuns(runs);
  return identical.repeated.length === 0 ? notes : [...notes, identicalNote(identical)];
}

/**
 * Returns the end of a sweep: the result of each cell, the time, and the commands that come next.
 *
 * @param trained the number of runs that were trained now, in so many seconds
 */
export function sweepConclusion(
  folder: string,
  records: readonly RunRecord[],
  trained: number,
  seconds: number,
): readonly string[] {
  const next = ["plot", "report"]
    .map((command) => seglossCommandLine(shellLine([command, folder])))
    .join(", ");
  const time = `${pluralize(trained, "run")} trained in ${clockText(seconds)}`;
  return [...resultLines(records), `${time}, all ${records.length} are done. Next: ${next}`];
}

/** Returns one line for each cell: its runs, their final accuracy and when they reached .99. */
export function resultLines(records: readonly RunRecord[]): readonly string[] {
  const cells = new Map<string, RunRecord[]>();
  for (const record of records) {
    const name = cellName(record.cell, record.columns);
    cells.set(name, [...(cells.get(name) ?? []), record]);
  }
  const head = ["cell", "runs", "final accuracy", "lowest", "highest", ".99 at step"];
  const rows = [head, ...[...cells].map(([name, runs]) => cellRow(name, runs))];
  const alignments = head.map((_, column) => (column === 0 ? "left" : "right"));
  return truncateList(alignColumns(rows, alignments), maxRows + 1);
}

function cellRow(name: string, records: readonly RunRecord[]): readonly string[] {
  const accuracies = records.flatMap(({ result }) => result.finalAccuracy ?? []);
  const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
  const texts =
    accuracies.length === 0
      ? ["", "", ""]
      : [mean, Math.min(...accuracies), Math.max(...accuracies)].map((accuracy) => accuracy.toFixed(4));
  return [name, String(records.length), ...texts, convergedText(records)];
}

/** Returns the steps at which runs reached .99: "1500 to 2250", and for how many if not all did: "1500 (1 of 3 runs)". */
function convergedText(records: readonly RunRecord[]): string {
  const steps = records.flatMap(({ result }) => result.firstStepAt99 ?? []);
  if (steps.length === 0) {
    return "never";
  }
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const range = first === last ? String(first) : `${first} to ${last}`;
  return steps.length === records.length ? range : `${range} (${steps.length} of ${records.length} runs)`;
}

function identicalNote({ repeated, originals, keys }: IdenticalRuns): string {
  const [run, original] = [repeated[0], originals[0]];
  const example = run && original ? ` (${runName(run)} as ${runName(original)})` : "";
  return (
    `${pluralize(repeated.length, "run")} will have the same numbers as others, ` +
    `where ${keys.join(" and ")} changes nothing${example}; "grids" in a config avoids that`
  );
}
