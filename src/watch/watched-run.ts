import { join } from "node:path";
import { rerunCommand } from "../config/rerun-command.js";
import type { IndexState } from "../explorer/model.js";
import type { RunFacts } from "../explorer/sweep-index.js";
import { cellFolder, csvFileName, partialName } from "../results/paths.js";
import type { SweepRunStatus } from "../results/status/sweep-status.js";
import type { FollowedRows } from "./followed-rows.js";
import { describeFaults } from "./run-health.js";

/** A run of a watched folder: its rows and its state, as they were when they were last read. */
export interface WatchedRun {
  readonly folder: string;
  readonly status: SweepRunStatus;
  readonly rows: FollowedRows;
}

/** The states of the explorer: what waits for its training has not failed. */
const states: Readonly<Record<SweepRunStatus["state"], IndexState>> = {
  complete: "done",
  running: "running",
  interrupted: "waiting",
  failed: "failed",
  damaged: "damaged",
  missing: "waiting",
};

/** Returns where a run's CSV is: a finished one has another name. */
export function runCsvPath({ folder, status }: Pick<WatchedRun, "folder" | "status">): string {
  const { run, state } = status;
  const path = join(cellFolder(folder, run), csvFileName(run.repetition));
  return state === "complete" || state === "damaged" ? path : partialName(path);
}

/** Returns a run as the explorer shows it. */
export function watchedRunFacts(watched: WatchedRun, keys: RunFacts["keys"]): Omit<RunFacts, "csv"> {
  const { status } = watched;
  const { rows, firstStep, lastStep, accuracy, metrics } = watched.rows.soFar();
  const complete = status.state === "complete" ? status.complete : undefined;
  return {
    keys,
    repetition: status.run.repetition,
    state: states[status.state],
    rows,
    plannedRows: status.run.cell.steps,
    firstStep,
    lastStep: Math.max(0, lastStep),
    accuracy: {
      steps: Float64Array.from(accuracy.steps),
      values: Float64Array.from(accuracy.values),
    },
    // A record is read before the rows are.
    finalAccuracy: metrics.finalAccuracy ?? complete?.finalAccuracy,
    bestAccuracy: metrics.bestAccuracy,
    convergedStep: metrics.firstStepAt99,
    warnings: runWarnings(watched),
    command: complete && commandOf(watched, complete.environment),
  };
}

/** Returns what is wrong with a run, the reason why it is not trained first. */
function runWarnings({ status, rows }: WatchedRun): readonly string[] {
  const { faults, accuracy, isForeign } = rows.soFar();
  const foreign = isForeign ? ["its CSV has a line that is no row of this run"] : [];
  return [...stateWarnings(status), ...foreign, ...describeFaults(status.run, faults, accuracy.values)];
}

function stateWarnings(status: SweepRunStatus): readonly string[] {
  switch (status.state) {
    case "failed":
      return [status.failure.message];
    case "damaged":
      return [status.reason];
    case "interrupted":
      return status.owner?.state === "working"
        ? []
        : [`interrupted at step ${status.steps.toLocaleString("en-US")}; the sweep resumes it`];
    case "running":
      return status.owner?.state === "silent" ? [`no sign of life from ${status.owner.host}`] : [];
    default:
      return [];
  }
}

function commandOf(
  { status }: WatchedRun,
  { device, xla }: { readonly device: string; readonly xla: boolean },
): string {
  return rerunCommand(status.run, { device: device === "cpu" ? "cpu" : "gpu", xla });
}
