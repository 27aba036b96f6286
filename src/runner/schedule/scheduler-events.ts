import type { ExitCode } from "../../errors.js";
import type { Run } from "../../study/run.js";
import type { SweepResult } from "../types.js";
import type { RunEvent, Task } from "../workers/protocol.js";

// The alphabet of the scheduler: what happens to it, and what it wants done. A worker is a number that is never used again.

/** A run whose record was found on the disk. */
export interface RecordedRun {
  readonly name: string;
  readonly hasNaN: boolean;
}

/** What happens to the scheduler. */
export type SchedulerEvent =
  | {
      readonly type: "workerReady";
      readonly worker: number;
      readonly device: "cpu" | "gpu";
      readonly deviceName: string;
      readonly usesLanes: boolean;
      readonly notes: readonly string[];
    }
  /** A worker has done its runs. */
  | { readonly type: "workerIdle"; readonly worker: number }
  /** A worker cannot train, or no longer. */
  | {
      readonly type: "workerUnusable";
      readonly worker: number;
      readonly message: string;
      readonly exitCode: number;
      /** The runs of this worker that have a record: it may fail between writing and reporting one. */
      readonly recorded: readonly RecordedRun[];
    }
  /** A worker process has ended; `reason` follows "the worker". */
  | {
      readonly type: "workerExited";
      readonly worker: number;
      readonly reason: string;
      /** As of `workerUnusable`. */
      readonly recorded: readonly RecordedRun[];
    }
  | RunEvent
  | { readonly type: "stopRequested" };

/** What the scheduler wants done. */
export type SchedulerEffect =
  | { readonly type: "startWorker"; readonly worker: number }
  | { readonly type: "assign"; readonly worker: number; readonly tasks: readonly Task[] }
  | { readonly type: "stopWorker"; readonly worker: number }
  | { readonly type: "killWorker"; readonly worker: number }
  /** Stop all workers; kill those that take too long. */
  | { readonly type: "stopAllWorkers" }
  /** It is known where training takes place. Happens once. */
  | {
      readonly type: "announceDevice";
      readonly device: "cpu" | "gpu";
      readonly deviceName: string;
      readonly workers: number;
    }
  | { readonly type: "recordFailure"; readonly run: Run; readonly message: string }
  | { readonly type: "addSteps"; readonly steps: number }
  | { readonly type: "addResumedSteps"; readonly steps: number }
  | { readonly type: "dropSteps"; readonly steps: number }
  | { readonly type: "print"; readonly line: string }
  | { readonly type: "showFinishedRun"; readonly line: string }
  /** The sweep has ended; no effect follows. */
  | { readonly type: "resolve"; readonly result: SweepResult }
  | { readonly type: "reject"; readonly message: string; readonly exitCode: ExitCode };
