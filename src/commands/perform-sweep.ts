import { hashConfig } from "../config/hash.js";
import { runName } from "../config/run-names.js";
import { type ExitCode, exitCode, SeglossError } from "../errors.js";
import { removeLeftovers } from "../results/cleanup.js";
import { cellFolder } from "../results/paths.js";
import { removeRunRecord } from "../results/run-record.js";
import { writeSummary } from "../results/summary.js";
import {
  finishedRecords,
  openSweepFolder,
  readRunStates,
  type SweepFolder,
} from "../results/sweep-folder.js";
import type { RunSweep, SweepOptions, SweepResult } from "../runner/types.js";
import type { Run } from "../study/run.js";
import { pluralize, printLine, truncateList } from "../terminal/messages.js";
import { type Interruption, type Signal, signalExitCode, watchSignals } from "../terminal/signals.js";
import { recordedCommand, resumeCommand } from "./invocation.js";
import type { SweepFlags, SweepRequest } from "./sweep-request.js";

/** Does what is left of a sweep and rebuilds its summary. Throws SeglossError that lists every run that failed. */
export async function performSweep(
  request: SweepRequest,
  flags: SweepFlags,
  loadRunner: () => Promise<RunSweep>,
): Promise<ExitCode> {
  const interruption = watchSignals();
  try {
    const folder = openSweepFolder(request.out, request.config, request.all);
    try {
      const runs = await runsToDo(folder, request, flags, interruption);
      const outcome = await done(runs, request, flags, interruption, loadRunner);
      const through = request.chosen.length - runs.length + outcome.finished;
      const problems = summarised(folder, request.all);
      return told(outcome, through, problems, request, interruption.signal());
    } finally {
      folder.close();
    }
  } finally {
    interruption.release();
  }
}

/** The runs that are not done; names what is damaged, and takes damaged records and what a killed sweep has left away. */
async function runsToDo(
  folder: SweepFolder,
  { chosen, common }: SweepRequest,
  { rerun }: SweepFlags,
  interruption: Interruption,
): Promise<readonly Run[]> {
  const tell = (reason: string) => common.quiet || printLine(`damaged: ${reason}; done again`);
  folder.damage.forEach(tell);
  const states = await readRunStates(folder.path, chosen, () => interruption.signal() !== undefined);
  if (states.size < chosen.length) {
    return chosen;
  }
  for (const [run, found] of states) {
    if (found.state !== "damaged") {
      continue;
    }
    tell(found.reason);
    withdraw(folder.path, run);
  }
  const isDone = (run: Run) => states.get(run)?.state === "done";
  removeLeftovers(folder.path, chosen, isDone);
  return rerun ? chosen : chosen.filter((run) => !isDone(run));
}

/** Takes a record away. What keeps that from being done will keep the run from being done, and be told as its failure. */
function withdraw(folder: string, run: Run): void {
  try {
    removeRunRecord(cellFolder(folder, run), run.repetition);
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
  }
}

async function done(
  runs: readonly Run[],
  request: SweepRequest,
  flags: SweepFlags,
  interruption: Interruption,
  loadRunner: () => Promise<RunSweep>,
): Promise<SweepResult> {
  const nothing = { finished: 0, failed: [], stopped: undefined, withNaN: [] };
  if (interruption.signal() !== undefined) {
    return nothing;
  }
  if (runs.length > 0) {
    return (await loadRunner())(sweepOptions(request, flags, runs, interruption));
  }
  const { cells, chosen, out, common } = request;
  if (!common.quiet) {
    printLine(`${pluralize(cells, "cell")}, ${pluralize(chosen.length, "run")}: all done in ${out}`);
  }
  return nothing;
}

function sweepOptions(
  { config, chosen, cells, out, jobs, lanes, common }: SweepRequest,
  { failFast = false, rerun = false }: SweepFlags,
  runs: readonly Run[],
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
    failFast,
    configHash: hashConfig(config),
    command: recordedCommand(),
    nameOf: runName,
    interruption,
    // From then on they are not done, so that an interrupted --rerun is gone on with by a plain sweep.
    atBeginning() {
      if (rerun) {
        for (const run of runs) {
          withdraw(out, run);
        }
      }
    },
  };
}

/** The summary's own failure must not hide those of runs. */
function summarised(folder: SweepFolder, all: readonly Run[]): readonly string[] {
  try {
    writeSummary(folder.path, finishedRecords(folder.path, all));
    return [];
  } catch (error) {
    if (error instanceof SeglossError) {
      return [`the summary could not be written: ${error.message}`];
    }
    throw error;
  }
}

/** Says what came out and how to go on, and gives the exit code. */
function told(
  { failed, stopped, withNaN }: SweepResult,
  through: number,
  summaryProblem: readonly string[],
  { chosen, common }: SweepRequest,
  signal: Signal | undefined,
): ExitCode {
  if (withNaN.length > 0 && !common.quiet) {
    printLine(`NaN in ${pluralize(withNaN.length, "run")}: ${truncateList(withNaN).join(", ")}`);
  }
  if (signal !== undefined && !common.quiet) {
    printLine(
      `Interrupted: ${through} of ${pluralize(chosen.length, "run")} done. To go on: ${resumeCommand()}`,
    );
  }
  const code = signal === undefined ? exitCode.runFailed : signalExitCode(signal);
  const failures = failed.map(({ name, message }) => `  ${name}: ${message}`);
  const lines = [
    ...(failures.length === 0
      ? []
      : [`${pluralize(failures.length, "run")} failed:`, ...truncateList(failures)]),
    ...(stopped === undefined
      ? []
      : [`stopped, with ${through} of ${pluralize(chosen.length, "run")} done: ${stopped}`]),
    ...summaryProblem,
  ];
  if (lines.length === 0) {
    return signal === undefined ? exitCode.ok : code;
  }
  if (signal === undefined) {
    lines.push(`To go on: ${resumeCommand()}`);
  }
  throw new SeglossError(lines.join("\n"), { exitCode: code });
}
