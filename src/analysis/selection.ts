import { type FilterSpace, matchesFilter, parseRunFilter } from "../config/filter.js";
import { namesOf, parameterOf } from "../config/parameters.js";
import { problemsError } from "../config/problems.js";
import type { Run } from "../study/run.js";
import { seedKey, sweepKey } from "./axes.js";
import type { RunCollection } from "./input/read-runs.js";
import type { RunSummary } from "./run-summary.js";

/**
 * Returns what `--only` selects of finished runs, of left-out runs and of the grid.
 * @throws SeglossError naming every key and value that no finished run has.
 */
export function selectRuns(collection: RunCollection, texts: readonly string[]): RunCollection {
  if (texts.length === 0) {
    return collection;
  }
  const { runs, leftOut, planned } = collection;
  const parsed = parseRunFilter(texts, summarySpace(runs));
  if ("problems" in parsed) {
    throw problemsError(parsed.problems);
  }
  const isPlanned = (run: Run) => matchesFilter(parsed.filter, (column) => plannedText(run, column));
  // Runs of a grid do not say of which sweep they are.
  const hasSweeps = runs.some(({ keys }) => keys.has(sweepKey));
  return {
    runs: runs.filter((run) => matchesFilter(parsed.filter, (column) => textOf(run, column))),
    leftOut: leftOut.filter(({ run }) => run !== undefined && isPlanned(run)),
    planned: hasSweeps ? undefined : planned?.filter(isPlanned),
  };
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

function plannedText({ cell, repetition, seed }: Run, column: string): string {
  const parameter = parameterOf(column);
  if (parameter !== undefined) {
    return String(cell[parameter]);
  }
  return column === "run" ? String(repetition) : column === seedKey ? String(seed) : "";
}
