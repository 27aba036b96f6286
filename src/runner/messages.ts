import type { Run } from "../config/cell.js";
import type { Provenance } from "../results/provenance.js";
import type { Device } from "./contract.js";

// What a sweep and its workers say to each other.

/** What a worker is told when it starts. */
export interface WorkerSettings {
  readonly device: Device;
  readonly gpu?: string;
  readonly verbose: boolean;
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
  | { readonly type: "train"; readonly tasks: readonly Task[] }
  /** Keep what there is and end. */
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready"; readonly device: "cpu" | "gpu"; readonly tensorflow: string }
  /** It cannot work at all. */
  | { readonly type: "unfit"; readonly message: string; readonly exitCode: number }
  | { readonly type: "steps"; readonly steps: number }
  | {
      readonly type: "finished";
      readonly name: string;
      readonly hasNaN: boolean;
      readonly accuracy: number | null;
    }
  | { readonly type: "failed"; readonly name: string; readonly message: string }
  /** Its tasks are through; it wants more. */
  | { readonly type: "idle" };
