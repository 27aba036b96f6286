import type { Run } from "../config/cell.js";

export type Signal = "SIGINT" | "SIGTERM";
export type Device = "auto" | "cpu" | "gpu";

/** What the sweep command asks of the runner. */
export interface SweepOptions {
  /** The runs to do, in grid order. */
  readonly runs: readonly Run[];
  /** All runs of the sweep that were asked for, and how many of them were done before. */
  readonly total: number;
  readonly done: number;
  /** The sweep's output folder. */
  readonly folder: string;
  readonly jobs: number | "auto";
  readonly lanes: number | "auto";
  readonly device: Device;
  /** Which GPU, as CUDA numbers them. */
  readonly gpu?: string;
  readonly failFast: boolean;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly verbose: boolean;
  readonly configHash: string;
  /** The command line that started the sweep, for the records. */
  readonly command: string;
  /** The command line that goes on with it after an interruption. */
  readonly resumeCommand: string;
  /** A run's name within the sweep: `<cell>/run-<n>`. */
  readonly nameOf: (run: Run) => string;
}

export interface SweepOutcome {
  /** Runs finished by this sweep. */
  readonly finished: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  readonly interrupted: Signal | undefined;
  /** Names of the runs whose losses or norms became NaN. */
  readonly withNaN: readonly string[];
}

export type RunSweep = (options: SweepOptions) => Promise<SweepOutcome>;

/** What the run command asks of the runner. */
export interface RunOptions {
  readonly run: Run;
  /** A file, or "-" for stdout. */
  readonly output: string;
  readonly device: Device;
  readonly gpu?: string;
  readonly quiet: boolean;
  readonly progress: boolean;
  readonly verbose: boolean;
  readonly command: string;
  readonly configHash: string;
}

/** Gives the signal that interrupted the run, if one did. */
export type RunOne = (options: RunOptions) => Promise<Signal | undefined>;
