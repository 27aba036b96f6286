import { parameterKeys } from "../../config/parameters.js";
import { withThousands } from "../../config/value-types.js";
import { isMainKey, separated } from "../../study/row-layout.js";
import { type Cell, studyCell } from "../../study/run.js";
import type { RunSummary } from "../run-summary.js";

// The study's findings are about its own setting. Runs with other steps, rates or networks are not evidence for or against
// them, and the original's accuracies say nothing about such runs.

/** The parameters that have one value in the study. */
const fixedKeys = parameterKeys.filter((key) => !isMainKey(key));

/** Returns the runs that can be compared with the study: those with its value in every parameter that it does not vary. */
export function studyRuns(runs: readonly RunSummary[]): readonly RunSummary[] {
  return runs.filter((run) => fixedKeys.every((key) => isAsInStudy(run, key)));
}

/** Returns the parameters that no run has as the study, as text: "3,001 of 10,001 steps", "batch size 4, not 2". */
export function obstaclesOf(runs: readonly RunSummary[]): readonly string[] {
  const keys = fixedKeys.filter((key) => !runs.some((run) => isAsInStudy(run, key)));
  if (keys.length === 0 && studyRuns(runs).length === 0) {
    return ["no run has the study's value in every parameter"];
  }
  return keys.map((key) => {
    const values = [...new Set(runs.map((run) => valueIn(run, key)))];
    return key === "steps"
      ? `${values.map((steps) => withThousands(Number(steps))).join(" or ")} of ${withThousands(studyCell.steps)} steps`
      : `${separated(key, " ")} ${values.join(" or ")}, not ${studyCell[key]}`;
  });
}

function isAsInStudy(run: RunSummary, key: keyof Cell): boolean {
  const value = valueIn(run, key);
  return value === undefined || value === studyCell[key];
}

/** Returns a run's value, undefined if it is not known; without a record the steps are those of the CSV. */
function valueIn(run: RunSummary, key: keyof Cell): Cell[keyof Cell] | undefined {
  return run.cell[key] ?? (key === "steps" ? run.lastStep + 1 : undefined);
}
