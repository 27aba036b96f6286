import type { Run } from "../study/run.js";
import type { Interruption, Signal } from "../terminal/signals.js";

/** Where to train; "auto" is a GPU if one can be used, else the CPU. */
export type Device = "auto" | "cpu" | "gpu";

/** Whether XLA compiles the steps; "auto" is on, unless it cannot compile for the GPU. */
export type Xla = "auto" | "on" | "off";

/** The options that `sweep` and `run` share. */
export interface CommonOptions {
  readonly device: Device;
  /** The GPU, as nvidia-smi numbers them. */
  readonly gpu?: string;
  readonly xla: Xla;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly verbose: boolean;
}

/** What the sweep command asks of the runner. */
export interface SweepOptions extends CommonOptions {
  /** The runs to train, in grid order. */
  readonly runs: readonly Run[];
  /** Number of cells that were selected. */
  readonly cells: number;
  /** Number of runs that were selected, including those done before. */
  readonly total: number;
  /** Number of selected runs that were done before. */
  readonly done: number;
  /** The sweep's output folder. */
  readonly folder: string;
  readonly jobs: number | "auto";
  /** On a GPU: most runs in lanes of one compiled step; "auto" is as many as its memory holds. */
  readonly lanes: number | "auto";
  /** On a CPU: most runs assigned to a worker at once. They are trained one by one, but share the drawing of images. */
  readonly runsPerBatch: number | "auto";
  readonly failFast: boolean;
  readonly saveWeights: boolean;
  readonly configHash: string;
  /** The command line of the sweep, for the records. */
  readonly command: string;
  /** Returns a run's name within the sweep: `<cell>/run-<n>`. */
  readonly nameOf: (run: Run) => string;
  readonly interruption: Interruption;
  /** Aborted when another process has taken over the folder: the workers are killed without writing anything. */
  readonly lost: AbortSignal;
  /** Called when runs are assigned to a worker, just before they begin. */
  readonly onRunsStart: (runs: readonly Run[]) => void;
  /** Called when a run has failed, with the reason. */
  readonly onRunFailed: (run: Run, message: string) => void;
  /** Called when a run is finished and its record written, with its name. */
  readonly onRunFinished?: (name: string) => void;
}

/** How a sweep ended. */
export interface SweepResult {
  /** Number of runs finished by this sweep. */
  readonly finished: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** Why the sweep ended before all runs were tried; undefined if it did not, or a signal was the reason. */
  readonly stopped: string | undefined;
  /** Names of the finished runs whose losses or norms became NaN. */
  readonly withNaN: readonly string[];
}

/** How a sweep ended, with what it has to show for it. */
export interface TrainedSweep extends SweepResult {
  /** Steps of finished runs, and of unfinished ones that a checkpoint keeps; those trained earlier included. */
  readonly stepsKept: number;
}

/** Trains the runs of a sweep until all are tried or a signal interrupts. Throws SeglossError if no worker can train. */
export type RunSweep = (options: SweepOptions) => Promise<TrainedSweep>;

/** What the run command asks of the runner. */
export interface RunOptions extends CommonOptions {
  readonly run: Run;
  /** A file, or "-" for stdout. */
  readonly output: string;
  /** The file for the run's weights; undefined if they are not saved. */
  readonly weights: string | undefined;
}

/** Trains one run. Returns the signal that interrupted it, if one did. */
export type RunOne = (options: RunOptions) => Promise<Signal | undefined>;
