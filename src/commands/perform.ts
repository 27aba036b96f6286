import type { Run } from "../config/cell.js";
import { hashOf } from "../config/hash.js";
import { runName } from "../config/names.js";
import { type ExitCode, exitCode, SeglossError } from "../error.js";
import {
  cellFolder,
  finishedRecords,
  openSweepFolder,
  type SweepFolder,
  statesOf,
} from "../results/folder.js";
import { removeRecord } from "../results/record.js";
import { writeSummary } from "../results/summary.js";
import type { RunSweep, SweepOutcome } from "../runner/contract.js";
import { counted, say, shortened } from "../talk.js";
import { recordedCommand, resumeCommand } from "./invocation.js";
import type { SweepFlags, SweepRequest } from "./request.js";

/** Does what is left of a sweep and rebuilds its summary. Throws SeglossError that lists every run that failed. */
export async function performSweep(
  request: SweepRequest,
  flags: SweepFlags,
  loadRunner: () => Promise<RunSweep>,
): Promise<ExitCode> {
  const folder = openSweepFolder(request.out, request.config, request.all);
  try {
    const runs = await runsToDo(folder, request, flags);
    const outcome =
      runs.length === 0
        ? nothingToDo(request)
        : await (await loadRunner())(sweepOptions(request, flags, runs));
    const summaryProblem = summarised(folder, request.all);
    return told(outcome, summaryProblem, request);
  } finally {
    folder.release();
  }
}

/** The runs that are not done; names what is damaged, and takes damaged records away. */
async function runsToDo(
  folder: SweepFolder,
  { chosen, common }: SweepRequest,
  { rerun }: SweepFlags,
): Promise<readonly Run[]> {
  const tell = (reason: string) => common.quiet || say(`damaged: ${reason}; done again`);
  folder.damage.forEach(tell);
  if (rerun) return chosen;
  const states = await statesOf(folder.path, chosen);
  for (const [run, found] of states) {
    if (found.state !== "damaged") continue;
    tell(found.reason);
    removeRecord(cellFolder(folder.path, run), run.run);
  }
  return chosen.filter((run) => states.get(run)?.state !== "done");
}

function sweepOptions(
  { config, chosen, out, jobs, lanes, common }: SweepRequest,
  { failFast = false }: SweepFlags,
  runs: readonly Run[],
) {
  return {
    ...common,
    runs,
    total: chosen.length,
    done: chosen.length - runs.length,
    folder: out,
    jobs,
    lanes,
    failFast,
    configHash: hashOf(config),
    command: recordedCommand(),
    resumeCommand: resumeCommand(),
    nameOf: runName,
  };
}

function nothingToDo({ cells, chosen, out, common }: SweepRequest): SweepOutcome {
  if (!common.quiet) say(`${counted(cells, "cell")}, ${counted(chosen.length, "run")}: all done in ${out}`);
  return { finished: 0, failed: [], interrupted: undefined, withNaN: [] };
}

/** The summary's own failure must not hide those of runs. */
function summarised(folder: SweepFolder, all: readonly Run[]): readonly string[] {
  try {
    writeSummary(folder.path, finishedRecords(folder.path, all));
    return [];
  } catch (error) {
    if (error instanceof SeglossError) return [error.message];
    throw error;
  }
}

function told(outcome: SweepOutcome, summaryProblem: readonly string[], { common }: SweepRequest): ExitCode {
  const { failed, interrupted, withNaN } = outcome;
  if (withNaN.length > 0 && !common.quiet)
    say(`NaN in ${counted(withNaN.length, "run")}: ${shortened(withNaN).join(", ")}`);
  const failures = [...failed.map(({ name, message }) => `${name}: ${message}`)];
  const lines = [...shortened(failures), ...summaryProblem];
  const code =
    interrupted === "SIGINT"
      ? exitCode.interrupted
      : interrupted === "SIGTERM"
        ? exitCode.terminated
        : undefined;
  if (lines.length === 0) return code ?? exitCode.ok;
  const title =
    failures.length === 0 ? "the summary could not be written" : `${counted(failures.length, "run")} failed`;
  throw new SeglossError([`${title}:`, ...lines].join("\n  "), { exitCode: code ?? exitCode.runFailed });
}
