import { hashConfig } from "../config/hash.js";
import { runName } from "../config/run-names.js";
import { type ExitCode, exitCode, SeglossError } from "../errors.js";
import { removeLeftovers } from "../results/cleanup.js";
import { cellFolder } from "../results/paths.js";
import { provenance, refuseMixedSource, sourceWarnings } from "../results/provenance.js";
import { type RunRecord, removeRunRecord } from "../results/run-record.js";
import { writeSummary } from "../results/summary.js";
import {
  finishedRecords,
  openSweepFolder,
  readRunStates,
  type SweepFolder,
} from "../results/sweep-folder.js";
import type { RunSweep, SweepOptions, SweepResult } from "../runner/types.js";
import type { Run } from "../study/run.js";
import { pluralize, printLine, sweepSize, truncateList } from "../terminal/messages.js";
import { type Interruption, type Signal, signalExitCode, watchSignals } from "../terminal/signals.js";
import { recordedCommand, resumeCommand, wholeSweepCommand } from "./options.js";
import { refuseUndividedArray, shardName, totalRuns } from "./shard.js";
import type { SweepFlags, SweepRequest } from "./sweep-request.js";

const nothingTrained: SweepResult = { finished: 0, failed: [], stopped: undefined, withNaN: [] };

/**
 * Trains the runs of a sweep that are not done and rebuilds its summary. Throws SeglossError that lists every failed run.
 *
 * @param loadRunner called only if there is something to train
 */
export async function performSweep(
  request: SweepRequest,
  flags: SweepFlags,
  loadRunner: () => Promise<RunSweep>,
): Promise<ExitCode> {
  const { shard, common } = request;
  refuseUndividedArray(shard);
  const interruption = watchSignals();
  try {
    const folder = await openSweepFolder(request.out, request.config, request.all, {
      ...(shard === undefined ? {} : { shard }),
      shouldStop: () => interruption.signal() !== undefined,
      onWait: common.quiet ? () => {} : printLine,
    });
    if (folder === undefined) {
      const signal = interruption.signal();
      return signal === undefined ? exitCode.ok : signalExitCode(signal);
    }
    try {
      if (shard !== undefined && !common.quiet) {
        printLine(
          `${shardName(shard.part)}: ${request.chosen.length} of ${pluralize(totalRuns(shard), "run")}`,
        );
      }
      const runs = await runsToDo(folder, request, flags, interruption);
      const result = await train(runs, request, flags, folder.lost, interruption, loadRunner);
      folder.lost.throwIfAborted();
      const doneCount = request.chosen.length - runs.length + result.finished;
      // The other shards may be at work: whoever puts the sweep together writes the summary.
      const summaryFailure = shard === undefined ? await rebuildSummary(folder, request.all) : undefined;
      return conclude(result, doneCount, summaryFailure, request, interruption.signal());
    } finally {
      folder.close();
    }
  } finally {
    interruption.release();
  }
}

/** Returns the runs that are not done. Reports damage, and removes damaged records and the leftovers of a killed sweep. */
async function runsToDo(
  folder: SweepFolder,
  { chosen, shard, common }: SweepRequest,
  { rerun = false, strict = false }: SweepFlags,
  interruption: Interruption,
): Promise<readonly Run[]> {
  const reportDamage = (reason: string) => common.quiet || printLine(`damaged: ${reason}; done again`);
  folder.damage.forEach(reportDamage);
  const shouldStop = () => interruption.signal() !== undefined || folder.lost.aborted;
  const states = await readRunStates(folder.path, chosen, shouldStop);
  folder.lost.throwIfAborted();
  if (states.size < chosen.length) {
    return chosen;
  }
  for (const [run, found] of states) {
    if (found.state === "damaged") {
      reportDamage(found.reason);
      dropRecord(folder.path, run);
    }
  }
  const isDone = (run: Run) => states.get(run)?.state === "done";
  removeLeftovers(folder.path, chosen, isDone, { isWholeSweep: shard === undefined });
  const toDo = rerun ? chosen : chosen.filter((run) => !isDone(run));
  const kept = rerun
    ? []
    : [...states.values()].flatMap((found) => (found.state === "done" ? [found.record] : []));
  checkSource(kept, toDo.length, strict, common.quiet);
  return toDo;
}

/**
 * Warns if a sweep is continued by other source code than it was begun with. Throws SeglossError with `strict` instead,
 * and then for a new sweep too if there are uncommitted changes.
 */
function checkSource(kept: readonly RunRecord[], toDo: number, strict: boolean, quiet: boolean): void {
  if (toDo === 0 || (kept.length === 0 && !strict)) {
    return;
  }
  const current = provenance();
  const warnings = sourceWarnings([
    ...kept.map(({ environment }) => environment),
    ...Array.from({ length: toDo }, () => current),
  ]);
  if (strict) {
    refuseMixedSource(warnings);
  }
  if (!quiet) {
    for (const warning of warnings) {
      printLine(`warning: ${warning}`);
    }
  }
}

/** Removes a run's record. Whatever prevents that will prevent the run too, and be reported as its failure. */
function dropRecord(folder: string, run: Run): void {
  try {
    removeRunRecord(cellFolder(folder, run), run.repetition);
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
  }
}

async function train(
  runs: readonly Run[],
  request: SweepRequest,
  flags: SweepFlags,
  lost: AbortSignal,
  interruption: Interruption,
  loadRunner: () => Promise<RunSweep>,
): Promise<SweepResult> {
  if (interruption.signal() !== undefined) {
    return nothingTrained;
  }
  if (runs.length > 0) {
    return (await loadRunner())(sweepOptions(request, flags, runs, lost, interruption));
  }
  const { cells, chosen, out, common } = request;
  if (!common.quiet) {
    printLine(`${sweepSize(cells, chosen.length)}: all done in ${out}`);
  }
  return nothingTrained;
}

function sweepOptions(
  { config, chosen, cells, out, jobs, lanes, common }: SweepRequest,
  { failFast = false, rerun = false, saveWeights = false }: SweepFlags,
  runs: readonly Run[],
  lost: AbortSignal,
  interruption: Interruption,
): SweepOptions {
  return {
    ...common,
    runs,
    cells,
    total: chosen.length,
    done: chosen.length - runs.length,
    folder: out,
    jobs,
    lanes,
    runsPerBatch: lanes,
    failFast,
    saveWeights,
    configHash: hashConfig(config),
    command: recordedCommand(),
    nameOf: runName,
    interruption,
    lost,
    // From here on they are not done, so that a plain sweep resumes an interrupted --rerun.
    onTrainingStart() {
      if (rerun) {
        for (const run of runs) {
          dropRecord(out, run);
        }
      }
    },
  };
}

/** Returns why the summary could not be written, if so: that must not hide the failures of runs. */
async function rebuildSummary(folder: SweepFolder, all: readonly Run[]): Promise<string | undefined> {
  try {
    writeSummary(folder.path, await finishedRecords(folder.path, all));
    return undefined;
  } catch (error) {
    if (error instanceof SeglossError) {
      return `the summary could not be written: ${error.message}`;
    }
    throw error;
  }
}

/** Prints the result and how to resume, and returns the exit code. Throws SeglossError if anything failed. */
function conclude(
  { failed, stopped, withNaN }: SweepResult,
  doneCount: number,
  summaryFailure: string | undefined,
  { chosen, shard, common }: SweepRequest,
  signal: Signal | undefined,
): ExitCode {
  const done = `${doneCount} of ${pluralize(chosen.length, "run")} done`;
  if (withNaN.length > 0 && !common.quiet) {
    printLine(`NaN in ${pluralize(withNaN.length, "run")}: ${truncateList(withNaN).join(", ")}`);
  }
  if (signal !== undefined && !common.quiet) {
    printLine(`Interrupted: ${done}. To resume: ${resumeCommand()}`);
  }
  const code = signal === undefined ? exitCode.runFailed : signalExitCode(signal);
  const lines: string[] = [];
  if (failed.length > 0) {
    const failures = failed.map(({ name, message }) => `  ${name}: ${message}`);
    lines.push(`${pluralize(failed.length, "run")} failed:`, ...truncateList(failures));
  }
  if (stopped !== undefined) {
    lines.push(`stopped, with ${done}: ${stopped}`);
  }
  if (summaryFailure !== undefined) {
    lines.push(summaryFailure);
  }
  if (lines.length === 0) {
    if (signal === undefined && shard !== undefined && !common.quiet) {
      printLine(`${shardName(shard.part)}: all done. When all shards are: ${wholeSweepCommand()}`);
    }
    return signal === undefined ? exitCode.ok : code;
  }
  if (signal === undefined) {
    lines.push(`To resume: ${resumeCommand()}`);
  }
  throw new SeglossError(lines.join("\n"), { exitCode: code });
}
