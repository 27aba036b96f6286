import { performSweep, type SweepCaller } from "../commands/sweep/perform-sweep.js";
import { cellCount, type SweepRequest } from "../commands/sweep/sweep-request.js";
import type { Config } from "../config/config.js";
import { filterRuns, filterSpace, parseRunFilter } from "../config/filter.js";
import { orThrow } from "../config/problems.js";
import { runName } from "../config/run-names.js";
import { plannedRuns } from "../results/sweep/sweep-folder.js";
import { openRunRows, type RowChunk } from "../runner/run-rows.js";
import { planDevices } from "../runner/schedule/device-slots.js";
import type { CommonOptions, Device, Xla } from "../runner/types.js";
import { shellLine } from "../shell-line.js";
import type { Run } from "../study/run.js";
import { type DoneRun, readRunResult, readSweepResults, type SweepResults } from "./results.js";
import { parseRunRows, type RunRow } from "./rows.js";

/** Where and how a run is trained. The defaults are those of the command line. */
export interface TrainingOptions {
  /** "auto", the default, is a GPU if one can be used, else the CPU. */
  readonly device?: Device;
  /** Whether XLA compiles the training step; "auto", the default, is wherever it works. */
  readonly xla?: Xla;
  /** Ends the training when it is aborted; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** How a sweep is trained. */
export interface SweepTrainingOptions extends TrainingOptions {
  /** The output folder, made if it does not exist. Runs that are finished in it are not trained again. */
  readonly out: string;
  /** Selects runs, as the flag `--only` does: "loss=dice,run=0". */
  readonly only?: string;
  /** Most worker processes; as many as there are cores by default. */
  readonly jobs?: number;
  /** Called when a run is finished and its files are written. */
  readonly onRun?: (run: DoneRun) => void;
}

/**
 * Trains a run in a process of its own and returns its rows as they are trained, step by step. It trains no faster than
 * they are read, and ends when the loop over them is left. Throws SeglossError if TensorFlow fails.
 */
export async function* trainRun(
  run: Run,
  options: TrainingOptions = {},
): AsyncGenerator<RunRow, void, undefined> {
  const { signal } = options;
  signal?.throwIfAborted();
  const settings = commonOptions(options);
  const { gpus } = await planDevices(settings.device, undefined);
  const chunks = openRunRows({ ...settings, run, weights: undefined }, gpus[0], () => {});
  const abort = () => chunks.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for await (const { rows } of chunks as AsyncIterable<RowChunk>) {
      yield* parseRunRows(run, rows);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    chunks.destroy();
  }
  signal?.throwIfAborted();
}

/**
 * Trains the runs of a sweep that are not finished in its output folder, as `segloss sweep` does, and returns all its
 * results. An aborted sweep leaves checkpoints: the same call resumes it. Throws SeglossError that lists every failed run,
 * or if the folder belongs to another sweep.
 */
export async function trainSweep(config: Config, options: SweepTrainingOptions): Promise<SweepResults> {
  const { out, signal } = options;
  signal?.throwIfAborted();
  const request = sweepRequestOf(config, options);
  const byName = new Map(request.chosen.map((run) => [runName(run), run]));
  const onRunFinished = (name: string) => {
    const run = byName.get(name);
    const result = run === undefined ? undefined : readRunResult(out, run);
    if (result?.state === "done") {
      options.onRun?.(result);
    }
  };
  const loadRunner = async () => {
    const { runSweep } = await import("../runner/sweep.js");
    return (sweep: Parameters<typeof runSweep>[0]) => runSweep({ ...sweep, onRunFinished });
  };
  await performSweep(request, { progress: false }, loadRunner, createCaller(out, signal));
  signal?.throwIfAborted();
  return readSweepResults(out);
}

function sweepRequestOf(config: Config, options: SweepTrainingOptions): SweepRequest {
  const { out, only, jobs = "auto" } = options;
  const all = plannedRuns(out, config);
  const filters = only === undefined ? [] : [only];
  const chosen = filterRuns(all, orThrow(parseRunFilter(filters, filterSpace(config))).filter);
  return {
    config,
    all,
    chosen,
    shard: undefined,
    only: filters,
    cells: cellCount(chosen),
    out,
    jobs,
    lanes: "auto",
    common: commonOptions(options),
  };
}

function commonOptions({ device = "auto", xla = "auto" }: TrainingOptions): CommonOptions {
  return { device, xla, quiet: true, progress: false, verbose: false };
}

/** The command line of the same sweep works in its folder, so records and messages name it. */
function createCaller(out: string, signal: AbortSignal | undefined): SweepCaller {
  const resume = shellLine(["segloss", "sweep", out]);
  let handler: (() => void) | undefined;
  return {
    recorded: resume,
    resume,
    interruption: {
      signal: () => (signal?.aborted ? "SIGTERM" : undefined),
      handle({ stop }) {
        handler = stop;
        signal?.addEventListener("abort", stop, { once: true });
        if (signal?.aborted) {
          stop();
        }
      },
      release() {
        if (handler !== undefined) {
          signal?.removeEventListener("abort", handler);
        }
      },
    },
  };
}
