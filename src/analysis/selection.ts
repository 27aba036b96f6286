import { type FilterSpace, matchesFilter, parseRunFilter } from "../config/filter.js";
import { namesOf } from "../config/parameters.js";
import { problemsError } from "../config/problems.js";
import { parameterOf } from "./axes.js";
import type { RunSummary } from "./run-summary.js";

/** Returns the runs that `--only` selects. Throws SeglossError naming every key and value that no run has. */
export function selectRuns(runs: readonly RunSummary[], texts: readonly string[]): readonly RunSummary[] {
  const parsed = parseRunFilter(texts, summarySpace(runs));
  if ("problems" in parsed) {
    throw problemsError(parsed.problems);
  }
  return runs.filter((run) => matchesFilter(parsed.filter, (column) => textOf(run, column)));
}

function summarySpace(runs: readonly RunSummary[]): FilterSpace {
  const columns = [...new Set(runs.flatMap((run) => [...run.keys.keys()])), "run"];
  const keys = columns.map((key) => {
    const parameter = parameterOf(key);
    return {
      key,
      names: parameter === undefined ? [] : namesOf(parameter),
      values: [...new Set(runs.map((run) => textOf(run, key)))],
    };
  });
  return { keys, place: "in the CSVs" };
}

function textOf({ keys, run }: RunSummary, column: string): string {
  return column === "run" ? String(run) : (keys.get(column) ?? "");
}
