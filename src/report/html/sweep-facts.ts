import type { RunSummary } from "../../analysis/run-summary.js";
import type { RunFacts, SweepFacts } from "../../explorer/sweep-index.js";
import type { ReportData } from "../data.js";
import { fileLink, type PageLocation } from "./page-figure.js";

/** Returns what the explorer's index is made of: the finished runs, and the findings if they can be judged. */
export function sweepFacts({ name, runs, findings, judged }: ReportData, location: PageLocation): SweepFacts {
  const columns = runs.flatMap(({ curves }) => [
    ...(curves?.columns.keys() ?? []),
    ...(curves?.measures.keys() ?? []),
  ]);
  return {
    title: name,
    runs: runs.map((run) => runFacts(run, location)),
    columns: [...new Set(columns)],
    findings: judged > 0 ? findings : [],
  };
}

function runFacts(run: RunSummary, location: PageLocation): RunFacts {
  const { keys, steps, firstStep, lastStep, accuracy, finalAccuracy, bestAccuracy, convergedStep } = run;
  const nonFinite = [...run.columns.values()].flatMap(({ firstNonFinite }) => firstNonFinite ?? []);
  return {
    keys,
    repetition: run.run,
    state: "done",
    rows: steps,
    plannedRows: run.record?.cell.steps,
    firstStep,
    lastStep,
    accuracy,
    finalAccuracy,
    bestAccuracy: bestAccuracy?.value,
    convergedStep,
    warnings:
      nonFinite.length === 0
        ? []
        : [`NaN or infinite from step ${Math.min(...nonFinite).toLocaleString("en")}`],
    csv: run.source === "-" ? undefined : fileLink(run.source, location),
    command: run.record?.rerun,
  };
}
