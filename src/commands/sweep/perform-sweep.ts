import { hashConfig } from "../../config/hash.js";

import { runName } from "../../config/run-names.js";
import { type ExitCode, exitCode, SeglossError } from "../../errors.js";
import { seglossCommandLine } from "../../installation.js";
import { removeLeftovers } from "../../results/cleanup.js";
import { cellFolder } from "../../results/paths.js";
import { provenance, refuseMixedSource, sourceWarnings } from "../../results/provenance.js";
import { type RunRecord, removeRunRecord } from "../../results/run-record.js";
import { removeRunFailure, writeRunFailure } from "../../results/status/run-failure.js";
import { writeSummary } from "../../results/summary.js";
import {
  finishedRecords,
  openSweepFolder,
  readRunStates,
  type SweepFolder,
} from "../../results/sweep/sweep-folder.js";
import type { CommonOptions, RunSweep, SweepOptions, TrainedSweep } from "../../runner/types.js";
import { shellLine } from "../../shell-line.js";
import type { Run } from "../../study/run.js";
import { pluralize, printLine, sweepSize, truncateList } from "../../terminal/messages.js";
import { type Interruption, signalExitCode, watchSignals } from "../../terminal/signals.js";
import { recordedCommand, resumeCommand } from "../options.js";
import { refuseUndividedArray, shardName, totalRuns } from "./shard.js";
import { sweepConclusion, sweepNotes } from "./sweep-messages.js";
import type { SweepFlags, SweepRequest } from "./sweep-request.js";

const nothingTrained: TrainedSweep = {
  finished: 0,
  failed: [],
  stopped: undefined,
  withNaN: [],
  stepsKept: 0,
};

/** Who asks for a sweep: what may end it early, and how the same is asked for again. */
export interface SweepCaller {
  readonly interruption: Interruption;
  /** The command line for the records. */
  readonly recorded: string;
  /** The command line that resumes the sweep. */
  readonly resume: string;
}

function commandLineCaller(): SweepCaller {
  return { interruption: watchSignals(), recorded: recordedCommand(), resume: resumeCommand() };
}

/**
 * Trains the runs of a sweep that are not done and rebuilds its summary. Throws SeglossError that lists every failed run.
 *
 * @param loadRunner called only if there is something to train
 * @param caller by default the command line of this process and its signals
 */
export async function performSweep(
  request: SweepRequest,
  flags: SweepFlags,
  loadRunner: () => Promise<RunSweep>,
  caller: SweepCaller = commandLineCaller(),
): Promise<ExitCode> {
  const { shard, common } = request;
  const { interruption } = caller;
  try {
    refuseUndividedArray(shard);
    const folder = await openSweepFolder(request.out, request.config, {
      ...(shard === undefined ? {} : { shard }),
      ...(request.only.length === 0 ? {} : { only: request.only }),
      shouldStop: () => interruption.signal() !== undefined,
      onWait: common.quiet ? () => {} : printLine,
    });
    if (folder === undefined) {
      return concludeEarly(caller, common);
    }
    try {
      if (shard !== undefined && !common.quiet) {
        printLine(
          `${shardName(shard.part)}: ${request.chosen.length} of ${pluralize(totalRuns(shard), "run")}`,
        );
      }
      const runs = await runsToDo(folder, request, flags, interruption);
      if (runs === undefined) {
        return concludeEarly(caller, common);
      }
      const sweep = { request, flags, folder, runs, caller };
      const started = performance.now();
      const result = await train(sweep, loadRunner);
      const seconds = (performance.now() - started) / 1000;
      folder.lost.throwIfAborted();
      // The other shards may be at work: `segloss merge` writes the summary.
      const summaryFailure = shard === undefined ? await rebuildSummary(folder, request.all) : undefined;
      return await conclude(sweep, result, seconds, summaryFailure);
    } finally {
      folder.close();
    }
  } finally {
    interruption.release();
  }
}

/** A sweep whose folder is open. */
interface OpenSweep {
  readonly request: SweepRequest;
  readonly flags: SweepFlags;
  readonly folder: SweepFolder;
  /** The runs to train. */
  readonly runs: readonly Run[];
  readonly caller: SweepCaller;
}

/**
 * Returns the runs that are not done; undefined if a signal came while the folder was read. Reports damage, and removes
 * damaged records and the leftovers of a killed sweep.
 */
async function runsToDo(
  folder: SweepFolder,
  { chosen, shard, common }: SweepRequest,
  { rerun = false, strict = false }: SweepFlags,
  interruption: Interruption,
): Promise<readonly Run[] | undefined> {
  const reportDamage = (reason: string) => common.quiet || printLine(`damaged: ${reason}; done again`);
  folder.damage.forEach(reportDamage);
  const shouldStop = () => interruption.signal() !== undefined || folder.lost.aborted;
  const states = await readRunStates(folder.path, chosen, shouldStop);
  folder.lost.throwIfAborted();
  if (states.size < chosen.length) {
    return undefined;
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

function dropRecord(folder: string, run: Run): void {
  ignoreFileErrors(() => removeRunRecord(cellFolder(folder, run), run.repetition));
}

/** Whatever prevents a change of a run's files will prevent the run too, and be reported as its failure. */
function ignoreFileErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
  }
}

async function train(sweep: OpenSweep, loadRunner: () => Promise<RunSweep>): Promise<TrainedSweep> {
  const { request, folder, runs, caller } = sweep;
  if (caller.interruption.signal() !== undefined) {
    return nothingTrained;
  }
  const { cells, chosen, out, common } = request;
  const print = common.quiet ? () => {} : printLine;
  sweepNotes(folder, chosen).forEach(print);
  if (runs.length > 0) {
    return (await loadRunner())(sweepOptions(sweep));
  }
  print(`${sweepSize(cells, chosen.length)}: all done in ${out}`);
  return nothingTrained;
}

function sweepOptions({ request, flags, folder, runs, caller }: OpenSweep): SweepOptions {
  const { config, chosen, cells, out, jobs, lanes, common } = request;
  return {
    ...common,
    runs,
    cells,
    total: chosen.length,
    done: chosen.length - runs.length,
    folder: out,
    jobs,
    lanes,
    // One flag, --lanes, sets both: on a GPU it is the lanes of a compiled step, on the CPU the runs that share images.
    runsPerBatch: lanes,
    failFast: flags.failFast ?? false,
    saveWeights: flags.saveWeights ?? false,
    configHash: hashConfig(config),
    command: caller.recorded,
    nameOf: runName,
    interruption: caller.interruption,
    lost: folder.lost,
    // With --rerun, runs that begin may be done. Those that have not begun stay done if the sweep is interrupted.
    onRunsStart(started) {
      for (const run of started) {
        dropRecord(out, run);
        ignoreFileErrors(() => removeRunFailure(cellFolder(out, run), run.repetition));
      }
    },
    onRunFailed(run, message) {
      if (!folder.lost.aborted) {
        ignoreFileErrors(() => writeRunFailure(cellFolder(out, run), run.repetition, message));
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

/** Ends a sweep that was interrupted before it was known what there is to train. */
function concludeEarly({ interruption, resume }: SweepCaller, { quiet }: CommonOptions): ExitCode {
  if (!quiet) {
    printLine(`Interrupted before anything was trained. To resume: ${resume}`);
  }
  const signal = interruption.signal();
  return signal === undefined ? exitCode.ok : signalExitCode(signal);
}

/** Prints the result and how to resume, and returns the exit code. Throws SeglossError if anything failed. */
async function conclude(
  { request, folder, runs, caller: { interruption, resume } }: OpenSweep,
  { finished, failed, stopped, withNaN, stepsKept }: TrainedSweep,
  seconds: number,
  summaryFailure: string | undefined,
): Promise<ExitCode> {
  const { chosen, shard, common } = request;
  const signal = interruption.signal();
  const print = common.quiet ? () => {} : printLine;
  const done = `${chosen.length - runs.length + finished} of ${pluralize(chosen.length, "run")} done`;
  if (withNaN.length > 0) {
    print(`NaN in ${pluralize(withNaN.length, "run")}: ${truncateList(withNaN).join(", ")}`);
  }
  if (signal !== undefined) {
    const stepsOf = (some: readonly Run[]) => some.reduce((sum, { cell }) => sum + cell.steps, 0);
    const all = stepsOf(chosen);
    const share = Math.floor((100 * (all - stepsOf(runs) + stepsKept)) / all);
    print(`Interrupted: ${done}, ${share} % of the steps are kept. To resume: ${resume}`);
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
    if (signal === undefined && shard !== undefined) {
      print(
        `${shardName(shard.part)}: all done. When all shards are: ${seglossCommandLine(shellLine(["merge", request.out]))}`,
      );
    } else if (signal === undefined && finished > 0) {
      const records = await finishedRecords(folder.path, chosen);
      sweepConclusion(folder.path, records, finished, seconds).forEach(print);
    }
    return signal === undefined ? exitCode.ok : code;
  }
  if (signal === undefined) {
    lines.push(`To resume: ${resume}`);
  }
  throw new SeglossError(lines.join("\n"), { exitCode: code });
}
