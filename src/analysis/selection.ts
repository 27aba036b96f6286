import { matchesFilter, parseRunFilter } from "../config/filter.js";
import { columnOf, namesOf, parameterKeys } from "../config/parameters.js";
import { problemsError } from "../config/problems.js";
import type { RunSummary } from "./run-summary.js";

/** Returns the runs that the texts of `--only` leave. Throws SeglossError naming every key and value that no run has. */
export function selectRuns(runs: readonly RunSummary[], texts: readonly string[]): readonly RunSummary[] {
  const columns = [...new Set(runs.flatMap((run) => [...run.keys.keys()])), "run"];
  const keys = columns.map((column) => ({
    key: column,
    names: parameterKeys.filter((key) => columnOf(key) === column).flatMap(namesOf),
    values: [...new Set(runs.map((run) => textOf(run, column)))],
  }));
  const only = parseRunFilter(texts, { keys, place: "in the CSVs" });
  if ("problems" in only) {
    throw problemsError(only.problems);
  }
  return runs.filter((run) => matchesFilter(only.filter, (column) => textOf(run, column)));
}

function textOf(run: RunSummary, column: string): string {
  return column === "run" ? String(run.run) : (run.keys.get(column) ?? "");
}
