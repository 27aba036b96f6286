import { setImmediate } from "node:timers/promises";
import { gridRuns } from "../../config/grid.js";
import { type ExitCode, exitCode, SeglossError } from "../../errors.js";
import { removeLeftovers } from "../../results/cleanup.js";
import { copyRun } from "../../results/merge/copy-run.js";
import { lastChangeOf, latenessOf, mayArrive, waitForRuns } from "../../results/merge/late-files.js";
import {
  checkOtherFolder,
  type MergeTarget,
  type OtherFolder,
  readOtherFolder,
} from "../../results/merge/other-folder.js";
import { type MergePlan, planMerge } from "../../results/merge/plan.js";
import type { RunState } from "../../results/run-state.js";
import { findMixes } from "../../results/status/environment-mix.js";
import { readSweepStatus } from "../../results/status/read-status.js";
import { writeSummary } from "../../results/summary.js";
import { readEarlierConfigs, requireSweepFile } from "../../results/sweep/sweep-file.js";
import { openSweepFolder, readRunStates, type SweepFolder } from "../../results/sweep/sweep-folder.js";
import type { Run } from "../../study/run.js";
import { pluralize, printLine } from "../../terminal/messages.js";
import { openStageProgress } from "../../terminal/progress-bar.js";
import { type Interruption, signalExitCode, watchSignals } from "../../terminal/signals.js";
import { mixWarnings, nextCommands, trainCommand } from "../status/status-messages.js";
import { conflictText, missingLines, shareLines } from "./merge-messages.js";

/** What the merge command is asked for. */
export interface MergeRequest {
  readonly folder: string;
  readonly others: readonly string[];
  readonly quiet: boolean;
}

/**
 * Verifies the runs of a sweep, brings in those of other folders, and writes the summary. Nothing is copied if any folder does
 * not fit. The same request resumes a merge that was interrupted. Throws SeglossError if it is refused.
 */
export async function performMerge({ folder, others, quiet }: MergeRequest): Promise<ExitCode> {
  const { config } = requireSweepFile(folder);
  const runs = gridRuns(config, readEarlierConfigs(folder));
  const target = { folder, config, runs };
  for (const other of others) {
    checkOtherFolder(other, target);
  }
  // Locking the folder changes it.
  const changedAt = lastChangeOf(folder);
  const interruption = watchSignals();
  try {
    const opened = await openSweepFolder(folder, config, {
      shouldStop: () => interruption.signal() !== undefined,
      onWait: quiet ? () => {} : printLine,
    });
    if (opened === undefined) {
      return interruptedCode(interruption, quiet);
    }
    let states: ReadonlyMap<Run, RunState> | undefined;
    try {
      states = await mergeInto(target, { others, quiet, changedAt, opened, interruption });
    } finally {
      opened.close();
    }
    return states === undefined
      ? interruptedCode(interruption, quiet)
      : await conclude(target, states, quiet);
  } finally {
    interruption.release();
  }
}

/** What a merge needs beside its target. */
interface MergeContext extends Pick<MergeRequest, "others" | "quiet"> {
  readonly opened: SweepFolder;
  readonly interruption: Interruption;
  /** When the folder was last changed by another process, in ms. */
  readonly changedAt: number;
}

/** Returns the state of every run after the merge; undefined if a signal came before. */
async function mergeInto(
  target: MergeTarget,
  context: MergeContext,
): Promise<ReadonlyMap<Run, RunState> | undefined> {
  const { folder, runs } = target;
  const { quiet, opened, interruption } = context;
  const shouldStop = () => interruption.signal() !== undefined || opened.lost.aborted;
  const plan = await readPlan(target, context, shouldStop);
  opened.lost.throwIfAborted();
  if (plan === undefined) {
    return undefined;
  }
  const states = new Map(plan.own);
  for (const copy of plan.copies) {
    if (shouldStop()) {
      break;
    }
    copyRun(folder, copy);
    states.set(copy.run, { state: "done", record: copy.record });
    await setImmediate();
  }
  await addLateRuns(states, target, context, shouldStop);
  opened.lost.throwIfAborted();
  if (shouldStop()) {
    return undefined;
  }
  if (!quiet) {
    shareLines(plan.shares).forEach(printLine);
  }
  removeLeftovers(folder, runs, (run) => states.get(run)?.state === "done");
  writeSummary(
    folder,
    runs.flatMap((run) => {
      const found = states.get(run);
      return found?.state === "done" ? [found.record] : [];
    }),
  );
  return states;
}

/** Reads all folders. Returns undefined if `shouldStop` returned true. Throws SeglossError if the bytes of a run differ. */
async function readPlan(
  { folder, runs }: MergeTarget,
  { others, quiet }: MergeContext,
  shouldStop: () => boolean,
): Promise<(MergePlan & { readonly own: ReadonlyMap<Run, RunState> }) | undefined> {
  const progress = openStageProgress("verifying run", runs.length * (1 + others.length), quiet);
  try {
    const own = await readRunStates(folder, runs, shouldStop, progress.step);
    const read: OtherFolder[] = [];
    for (const other of others) {
      read.push(await readOtherFolder(other, runs, { shouldStop, onRun: progress.step }));
    }
    if (shouldStop()) {
      return undefined;
    }
    const plan = planMerge(folder, own, read);
    if (plan.conflicts.length > 0) {
      throw new SeglossError(conflictText(plan.conflicts), { exitCode: exitCode.usage });
    }
    return { ...plan, own };
  } finally {
    progress.stop();
  }
}

/** Waits for runs whose files may be on their way, and adds those that have arrived. */
async function addLateRuns(
  states: Map<Run, RunState>,
  { folder, runs }: MergeTarget,
  { quiet, changedAt }: MergeContext,
  shouldStop: () => boolean,
): Promise<void> {
  const lateness = latenessOf(folder) * 1000;
  const left = Math.min(lateness, lateness - (Date.now() - changedAt));
  const awaited = left > 0 ? runs.filter((run) => mayArrive(folder, run, states.get(run))) : [];
  if (awaited.length === 0) {
    return;
  }
  if (!quiet) {
    printLine(
      `waiting up to ${Math.ceil(left / 1000)} s for the files of ${pluralize(awaited.length, "run")}: a shard may have just ended, and the network file system may show its files later`,
    );
  }
  for (const [run, found] of await waitForRuns(folder, awaited, left, shouldStop)) {
    states.set(run, found);
  }
}

/** Prints what there is and what is missing, and returns the exit code. */
async function conclude(
  { folder, runs }: MergeTarget,
  states: ReadonlyMap<Run, RunState>,
  quiet: boolean,
): Promise<ExitCode> {
  const done = [...states.values()].flatMap((found) => (found.state === "done" ? [found.record] : []));
  const isComplete = done.length === runs.length;
  if (!quiet) {
    const made = done.map(({ name, repetition, environment }) => ({
      name: `${name}/run-${repetition}`,
      environment,
    }));
    for (const warning of mixWarnings(findMixes(made))) {
      printLine(`warning: ${warning}`);
    }
    printLine(
      `${done.length} of ${runs.length} runs are complete, and their checksums verified, in ${folder}`,
    );
    if (!isComplete) {
      const status = await readSweepStatus(folder);
      missingLines(status, states).forEach(printLine);
      // Sizes alone, which a status compares, may not show the damage.
      const isDamageHidden = status.total.counts.complete === status.total.runs;
      (isDamageHidden ? [trainCommand(folder)] : nextCommands(status)).forEach(printLine);
    }
  }
  return isComplete ? exitCode.ok : exitCode.runFailed;
}

function interruptedCode(interruption: Interruption, quiet: boolean): ExitCode {
  if (!quiet) {
    printLine("Interrupted: the same command merges what is left.");
  }
  const signal = interruption.signal();
  return signal === undefined ? exitCode.ok : signalExitCode(signal);
}
