import { keyIdentity } from "../analysis/axes.js";
import { readRunTables } from "../analysis/input/read-runs.js";
import type { RunTable } from "../analysis/input/run-table.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";

/** A run with all its rows. */
export interface RunRows {
  readonly run: RunSummary;
  readonly table: RunTable;
}

/**
 * Reads the rows of runs again, whose summaries alone are in memory. Only one CSV is in memory at a time, so the runs come
 * file by file: the files in the order of their first runs, the runs of a file in the given order.
 * @throws SeglossError if a CSV cannot be read, or has other rows than when it was summarized.
 */
export function* readRunRows(runs: readonly RunSummary[]): Generator<RunRows> {
  for (const [source, group] of groupBySource(runs)) {
    const tables = readRunTables(source);
    const names = [...(tables[0]?.keys.keys() ?? [])].filter((name) => name !== "run");
    const identityOf = (keys: ReadonlyMap<string, string>, run: number) =>
      `${keyIdentity(keys, names)} ${run}`;
    const byIdentity = new Map(
      tables.map((table) => [identityOf(table.keys, Number(table.keys.get("run") ?? 0)), table]),
    );
    for (const run of group) {
      const table = byIdentity.get(identityOf(run.keys, run.run));
      if (table === undefined || !hasRowsOf(run, table)) {
        throw new SeglossError(
          `${escapeControls(source)} changed while it was read: run the same command again`,
          {
            exitCode: exitCode.usage,
          },
        );
      }
      yield { run, table };
    }
  }
}

function groupBySource(runs: readonly RunSummary[]): ReadonlyMap<string, readonly RunSummary[]> {
  const groups = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const group = groups.get(run.source) ?? [];
    group.push(run);
    groups.set(run.source, group);
  }
  return groups;
}

function hasRowsOf({ steps, firstStep, lastStep, columns }: RunSummary, table: RunTable): boolean {
  return (
    table.steps.length === steps &&
    table.steps[0] === firstStep &&
    table.steps.at(-1) === lastStep &&
    [...columns.keys()].every((column) => table.values.has(column))
  );
}
