import type { Provenance } from "../../results/provenance.js";
import type { Run } from "../../study/run.js";
import type { EngineOptions } from "./engine.js";

// The messages between the main process and its workers.

/** The settings that a worker starts with. */
export type WorkerSettings = EngineOptions;

/** Where runs come from, for their records. */
export interface SweepOrigin {
  readonly configHash: string;
  /** The command line of the sweep. */
  readonly command: string;
  readonly provenance: Provenance;
  /** Whether every run's weights are written too. */
  readonly saveWeights: boolean;
}

/** A run to train. */
export interface Task {
  readonly run: Run;
  /** `<cell>/run-<n>` */
  readonly name: string;
  /** The cell's folder. */
  readonly folder: string;
}

/** A message from the main process to a worker. */
export type ToWorker =
  | { readonly type: "start"; readonly settings: WorkerSettings }
  /** Trains a batch of runs and writes their files. */
  | { readonly type: "train"; readonly tasks: readonly Task[]; readonly origin: SweepOrigin }
  /** Trains a run and sends one piece of its rows for every "more". Writes its weights to a file if it is given. */
  | { readonly type: "stream"; readonly run: Run; readonly weights: string | undefined }
  | { readonly type: "more" }
  /** Writes checkpoints and exits. */
  | { readonly type: "stop" };

/** How many steps of a run are done. */
export interface RunProgress {
  readonly name: string;
  readonly steps: number;
}

/** What happens to a run in a worker. */
export type RunEvent =
  /** A run starts at step 0, or is resumed at `steps`. */
  | { readonly type: "runStarted"; readonly run: RunProgress }
  | { readonly type: "runsProgressed"; readonly runs: readonly RunProgress[] }
  | {
      readonly type: "runFinished";
      readonly name: string;
      readonly hasNaN: boolean;
      /** The final accuracy; undefined if none was measured. */
      readonly accuracy: number | undefined;
    }
  | {
      readonly type: "runFailed";
      readonly name: string;
      readonly message: string;
      /** This error would affect every run. */
      readonly affectsAll: boolean;
    };

/** A message from a worker to the main process. */
export type FromWorker =
  | {
      readonly type: "ready";
      readonly device: "cpu" | "gpu";
      readonly deviceName: string;
      /** See `Engine.usesLanes`. */
      readonly usesLanes: boolean;
      readonly notes: readonly string[];
    }
  /** The worker cannot train, or no longer: TensorFlow failed. */
  | { readonly type: "unusable"; readonly message: string; readonly exitCode: number }
  | RunEvent
  /** The batch is done; the worker is free. */
  | { readonly type: "idle" }
  /** Whole CSV rows of a streamed run. */
  | { readonly type: "rows"; readonly rows: string; readonly steps: number }
  /** All rows of a streamed run are sent. */
  | { readonly type: "rowsEnd" };
