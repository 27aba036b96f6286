import { SeglossError } from "../../errors.js";
import { formatRows } from "../../results/csv-rows.js";
import { openRunFile, type RunWriter, resumeRunFile } from "../../results/csv-writer.js";
import { writeRunRecord } from "../../results/run-record.js";
import type { Snapshot, StepChunk } from "../../study/training.js";
import type { Engine } from "../workers/engine.js";
import type { RunOrigin, Task } from "../workers/protocol.js";
import {
  type Checkpoint,
  processIdentityOf,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "./checkpoint.js";
import { emptyMetrics, type RunMetrics, withAccuracy, withRows } from "./metrics.js";
import { createRunRecord } from "./record.js";

/** A run under way: its file, and what its rows amount to so far. Everything throws SeglossError on disk errors. */
export interface ActiveRun {
  readonly task: Task;
  /** The state that it goes on from; undefined if it begins. */
  readonly snapshot: Snapshot | undefined;
  /** Writes the rows of a chunk, which took so many seconds. */
  readonly add: (chunk: StepChunk, seconds: number) => void;
  /** Whether it has been long enough since its last checkpoint. */
  readonly wantsSaving: () => boolean;
  /** Writes its state after the chunks so far. */
  readonly save: (snapshot: Snapshot) => void;
  /** Gives its CSV the name, writes the record, and tells what came out. */
  readonly finish: () => RunMetrics;
  /** Something is wrong with its files: leaves what can be gone on with, and removes what is of no use. Never throws SeglossError. */
  readonly giveUp: () => void;
}

/** No more work than this is lost when a worker is killed; tests want it shorter. */
const checkpointSeconds = Number(process.env.SEGLOSS_CHECKPOINT_SECONDS ?? 20);

/** Begins a run's files, or goes on with them if there is a checkpoint that fits. */
export function openActiveRun(task: Task, engine: Engine, origin: RunOrigin): ActiveRun {
  const { folder, run } = task;
  const program = processIdentityOf(engine.identity, origin.provenance);
  const { writer, checkpoint } = openFiles(task, program);
  const started = checkpoint?.started ?? new Date();
  let outcome = checkpoint?.outcome ?? emptyMetrics;
  let seconds = checkpoint?.seconds ?? 0;
  let savedAt = performance.now();
  let hasCheckpoint = checkpoint !== undefined;
  return {
    task,
    snapshot: checkpoint?.snapshot,
    add(chunk, took) {
      const { firstStep, steps, values, accuracy } = chunk;
      const last = firstStep + steps - 1;
      const accuracies = new Map(accuracy === undefined ? [] : [[last, accuracy]]);
      writer.append(formatRows(run, firstStep, values, accuracies));
      outcome = withRows(outcome, run.monitor, firstStep, values, steps);
      if (accuracy !== undefined) {
        outcome = withAccuracy(outcome, last, accuracy);
      }
      seconds += took;
    },
    wantsSaving: () => performance.now() - savedAt > checkpointSeconds * 1000,
    save(snapshot) {
      // The rows reach the disk first: a checkpoint relies on them.
      const csv = writer.sync();
      writeCheckpoint(folder, run, program, { snapshot, csv, outcome, started, seconds });
      hasCheckpoint = true;
      savedAt = performance.now();
    },
    finish() {
      const csv = writer.finish();
      writeRunRecord(folder, createRunRecord({ task, csv, outcome, started, seconds }, engine, origin));
      if (hasCheckpoint) {
        removeCheckpoint(folder, run);
      }
      return outcome;
    },
    giveUp() {
      if (!hasCheckpoint) {
        abandon(writer);
      }
    },
  };
}

/** A checkpoint counts only together with the rows that it was made after. */
function openFiles(
  { folder, run }: Task,
  program: string,
): { readonly writer: RunWriter; readonly checkpoint: Checkpoint | undefined } {
  const checkpoint = readCheckpoint(folder, run, program);
  const resumed = checkpoint && resumeRunFile(folder, run.repetition, checkpoint.csv);
  if (resumed !== undefined) {
    return { writer: resumed, checkpoint };
  }
  const writer = openRunFile(folder, run);
  removeCheckpoint(folder, run);
  return { writer, checkpoint: undefined };
}

function abandon(writer: RunWriter): void {
  try {
    writer.abandon();
  } catch (error) {
    // What is wrong with the files has been told.
    if (!(error instanceof SeglossError)) {
      throw error;
    }
  }
}
