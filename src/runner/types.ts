import type { Run } from "../study/run.js";
import type { Interruption, Signal } from "../terminal/signals.js";

export type Device = "auto" | "cpu" | "gpu";
/** Whether XLA compiles the programs. */
export type Xla = "auto" | "on" | "off";

/** What run and sweep have in common: where to train, and what to say meanwhile. */
export interface CommonOptions {
  readonly device: Device;
  /** Which GPU, as nvidia-smi numbers them. */
  readonly gpu?: string;
  readonly xla: Xla;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly verbose: boolean;
}

/** What the sweep command asks of the runner. */
export interface SweepOptions extends CommonOptions {
  /** The runs to do, in grid order. */
  readonly runs: readonly Run[];
  /** Cells and runs of the sweep that were asked for, and how many of the runs were done before. */
  readonly cells: number;
  readonly total: number;
  readonly done: number;
  /** The sweep's output folder. */
  readonly folder: string;
  readonly jobs: number | "auto";
  readonly lanes: number | "auto";
  readonly failFast: boolean;
  readonly configHash: string;
  /** The command line that started the sweep, for the records. */
  readonly command: string;
  /** A run's name within the sweep: `<cell>/run-<n>`. */
  readonly nameOf: (run: Run) => string;
  readonly interruption: Interruption;
  /** Called once, when a worker is ready to train. */
  readonly atBeginning: () => void;
}

export interface SweepResult {
  /** Runs finished by this sweep. */
  readonly finished: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** Why the sweep ended before all was tried, if it did and no signal was the reason. */
  readonly stopped: string | undefined;
  /** Names of the runs whose losses or norms became NaN. */
  readonly withNaN: readonly string[];
}

/** Trains the runs of a sweep; when the interruption has a signal, only until then. Throws SeglossError if nothing can be trained at all. */
export type RunSweep = (options: SweepOptions) => Promise<SweepResult>;

/** What the run command asks of the runner. */
export interface RunOptions extends CommonOptions {
  readonly run: Run;
  /** A file, or "-" for stdout. */
  readonly output: string;
  readonly command: string;
  readonly configHash: string;
}

/** Gives the signal that interrupted the run, if one did. */
export type RunOne = (options: RunOptions) => Promise<Signal | undefined>;
