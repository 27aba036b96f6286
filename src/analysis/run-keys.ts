import { basename, resolve } from "node:path";
import { parameterKeys, parameterOf } from "../config/parameters.js";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { columnOf } from "../study/row-layout.js";
import { keyIdentity, seedKey, sweepKey } from "./axes.js";
import type { RunSummary } from "./run-summary.js";

/** The value of a key of a run of which neither CSV nor record has it. */
export const unknownValue = "unknown";

/** What keys are made of. */
export type KeyedRun = Pick<RunSummary, "keys" | "run" | "source" | "sweep" | "cell"> & {
  readonly record: { readonly seed: number } | undefined;
};

/**
 * Returns the runs with the same keys each, so that runs of several sweeps can be compared: every key column of any CSV,
 * every parameter in which the records differ, the seed if it differs, and the sweep if nothing else distinguishes two runs.
 * Values that a CSV does not have come from the run's record.
 * @throws SeglossError if two runs have the same keys and number even so.
 */
export function alignKeys<Item extends KeyedRun>(runs: readonly Item[]): readonly Item[] {
  const inCsvs = new Set(runs.flatMap((run) => [...run.keys.keys()]));
  const differing = parameterKeys
    .filter((key) => distinct(runs.flatMap((run) => run.cell[key] ?? [])) > 1)
    .map(columnOf);
  const names = [...new Set([...inCsvs, ...differing])].toSorted((a, b) => rankOf(a) - rankOf(b));
  const seeds = runs.map((run) => (run.record === undefined ? unknownValue : String(run.record.seed)));
  const hasSeeds = distinct(seeds) > 1 && !names.includes(seedKey);
  const withoutSweep = runs.map((run, i) => ({
    ...run,
    keys: new Map([
      ...names.map((name) => [name, textOfKey(run, name)] as const),
      ...(hasSeeds ? [[seedKey, seeds[i] ?? unknownValue] as const] : []),
    ]),
  }));
  if (duplicateOf(withoutSweep) === undefined) {
    return withoutSweep;
  }
  const labels = sweepLabels(runs);
  const aligned = withoutSweep.map((run) => ({
    ...run,
    keys: new Map([...run.keys, [sweepKey, labels.get(run.sweep ?? "") ?? unknownValue]]),
  }));
  refuseDuplicates(labels.size > 1 ? aligned : withoutSweep);
  return aligned;
}

/** Orders keys as the table of parameters does; other columns come last. */
function rankOf(column: string): number {
  const parameter = parameterOf(column);
  return parameter === undefined ? parameterKeys.length : parameterKeys.indexOf(parameter);
}

function textOfKey({ keys, cell }: KeyedRun, column: string): string {
  const parameter = parameterOf(column);
  const recorded = parameter === undefined ? undefined : cell[parameter];
  return keys.get(column) ?? (recorded === undefined ? unknownValue : String(recorded));
}

/** Returns a name for each sweep: that of its folder, or its path if two folders have the same name. */
function sweepLabels(runs: readonly KeyedRun[]): ReadonlyMap<string, string> {
  const sweeps = [...new Set(runs.map((run) => run.sweep ?? ""))];
  const names = sweeps.map((sweep) => (sweep === "" ? unknownValue : basename(resolve(sweep))));
  return new Map(
    sweeps.map((sweep, i) => {
      const name = names[i] ?? "";
      return [sweep, names.indexOf(name) === names.lastIndexOf(name) ? name : sweep];
    }),
  );
}

/** Returns the first two runs with the same keys and number. */
function duplicateOf(runs: readonly KeyedRun[]): readonly [KeyedRun, KeyedRun] | undefined {
  const seen = new Map<string, KeyedRun>();
  for (const run of runs) {
    const identity = runIdentity(run);
    const other = seen.get(identity);
    if (other !== undefined) {
      return [other, run];
    }
    seen.set(identity, run);
  }
  return undefined;
}

/** Returns a text that is the same for equal keys and number, and only for those. */
export function runIdentity({ keys, run }: Pick<RunSummary, "keys" | "run">): string {
  return `${keyIdentity(keys, [...keys.keys()].toSorted())} ${run}`;
}

function refuseDuplicates(runs: readonly KeyedRun[]): void {
  const [one, other] = duplicateOf(runs) ?? [];
  if (one === undefined || other === undefined) {
    return;
  }
  const files = `${escapeControls(one.source)} and ${escapeControls(other.source)}`;
  const why = one.sweep === undefined ? " by their key columns, and have no records to distinguish them" : "";
  throw new SeglossError(`${files} hold the same run${why}; name only one of them`, {
    exitCode: exitCode.usage,
  });
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}
