import type { SweepIndex } from "../../src/explorer/model.js";
import { createSweepIndex } from "../../src/explorer/sweep-index.js";
import { computeReport } from "../../src/report/data.js";
import { sweepFacts } from "../../src/report/html/sweep-facts.js";
import { createRunSummary, createStudySummaries, type RunSpec } from "./run-summaries.js";

const place = { path: undefined, summary: undefined };

/** Returns the index of the original's grid of made-up runs. */
export function studyIndex(): SweepIndex {
  return indexOf(createStudySummaries(() => ({ steps: 3 })));
}

/** Returns the index of made-up runs. */
export function indexOfRuns(specs: readonly RunSpec[]): SweepIndex {
  return indexOf(specs.map((spec) => createRunSummary({ steps: 3, ...spec })));
}

function indexOf(runs: Parameters<typeof computeReport>[1]["runs"]): SweepIndex {
  return createSweepIndex(
    sweepFacts(computeReport("made", { runs, leftOut: [], planned: undefined }), place),
  );
}
