import type { Provenance } from "../../results/provenance.js";
import type { Run } from "../../study/run.js";
import type { EngineOptions } from "./engine.js";

// What the program and its workers say to each other.

/** What a worker is told when it starts. */
export type WorkerSettings = EngineOptions;

/** What records say of where runs come from. */
export interface RunOrigin {
  readonly configHash: string;
  readonly command: string;
  readonly provenance: Provenance;
}

/** A run to train. */
export interface Task {
  readonly run: Run;
  /** `<cell>/run-<n>` */
  readonly name: string;
  /** The cell's folder. */
  readonly folder: string;
}

export type ToWorker =
  | { readonly type: "start"; readonly settings: WorkerSettings }
  | { readonly type: "train"; readonly tasks: readonly Task[]; readonly origin: RunOrigin }
  /** Train a run and send its rows, as many pieces of them as are asked for by "more". */
  | { readonly type: "stream"; readonly run: Run }
  | { readonly type: "more" }
  /** Keep what there is and end. */
  | { readonly type: "stop" };

/** How far a run has come: the steps that are done of it. */
export interface Reached {
  readonly name: string;
  readonly steps: number;
}

export type FromWorker =
  | {
      readonly type: "ready";
      readonly device: "cpu" | "gpu";
      readonly deviceName: string;
      /** See Engine. */
      readonly isWide: boolean;
      readonly notes: readonly string[];
    }
  /** It cannot work at all, or no longer. */
  | { readonly type: "unfit"; readonly message: string; readonly exitCode: number }
  /** A run begins, or goes on after so many steps that were done earlier. */
  | { readonly type: "begun"; readonly run: Reached }
  | { readonly type: "reached"; readonly runs: readonly Reached[] }
  | {
      readonly type: "finished";
      readonly name: string;
      readonly hasNaN: boolean;
      readonly accuracy: number | null;
    }
  | {
      readonly type: "failed";
      readonly name: string;
      readonly message: string;
      /** Any other run would fare the same. */
      readonly isGeneral: boolean;
    }
  /** Its tasks are through; it wants more. */
  | { readonly type: "idle" }
  /** Whole CSV rows of the run that is streamed, and of how many steps. */
  | { readonly type: "rows"; readonly rows: string; readonly steps: number }
  /** All rows are sent. */
  | { readonly type: "through" };
