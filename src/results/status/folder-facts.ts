import type { Config } from "../../config/config.js";
import type { Run } from "../../study/run.js";
import type { SweepPart } from "../paths.js";
import type { Division } from "../sweep/division.js";
import type { Shard } from "../sweep/partition.js";
import type { RunEnvironment } from "./environment-mix.js";
import type { RunFailure } from "./run-failure.js";

// What a sweep's folder holds, as read-status.ts reads it and sweep-status.ts understands it.

/** What was found of a run. All but `complete` may be there at the same time. */
export interface RunFiles {
  readonly complete?: CompleteRun | undefined;
  /** What is damaged in a finished run, as a sentence that begins with the file. */
  readonly damage?: string | undefined;
  readonly partial?: PartialCsv | undefined;
  readonly hasCheckpoint: boolean;
  readonly failure?: RunFailure | undefined;
}

/** What the status needs of a finished run's record. */
export interface CompleteRun {
  /** One object for all runs of the same environment. */
  readonly environment: RunEnvironment;
  /** The batch job; undefined outside a job. */
  readonly job: string | undefined;
  readonly started: Date;
  /** When its record was written. */
  readonly finished: Date;
  /** Of training. */
  readonly seconds: number;
  readonly finalAccuracy: number | undefined;
}

/** The CSV of an unfinished run. */
export interface PartialCsv {
  /** Steps whose rows are written. */
  readonly steps: number;
  /** Undefined where the file system does not say. */
  readonly created: Date | undefined;
  readonly written: Date;
}

/** What was found of a lock. */
export interface LockFiles {
  /** The name of its file. */
  readonly lock: string;
  /** Undefined for the whole sweep. */
  readonly part: SweepPart | undefined;
  readonly pid: number;
  readonly host: string;
  readonly job: string | undefined;
  /** Undefined in a lock of an older version. */
  readonly since: Date | undefined;
  /** The last heartbeat. */
  readonly touched: Date;
  /** Seconds between two heartbeats; undefined in a lock of an older version, which has none. */
  readonly beats: number | undefined;
  /** Undefined if that cannot be found out from this machine. */
  readonly isRunning: boolean | undefined;
  /** The runs that its owner trains, done or not. */
  readonly runs: ReadonlySet<Run>;
}

/** A division of a sweep, and the shards that follow from it. */
export interface DividedSweep {
  readonly division: Division;
  readonly shards: readonly Shard[];
}

/** What was found in a sweep's folder. */
export interface FolderFacts {
  readonly folder: string;
  readonly config: Config;
  /** All runs, in grid order. */
  readonly runs: readonly Run[];
  readonly files: ReadonlyMap<Run, RunFiles>;
  readonly locks: readonly LockFiles[];
  /** The last division of the sweep with its shards; undefined if it was never divided, or has grown since. */
  readonly divided: DividedSweep | undefined;
  /** Whether `segloss submit` has put shards into a queue. */
  readonly isSubmitted: boolean;
  /** The rows of summary.csv; undefined without one. */
  readonly summaryRows: number | undefined;
  readonly readAt: Date;
}
