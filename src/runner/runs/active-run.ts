import { join } from "node:path";
import { SeglossError } from "../../errors.js";
import { formatChunk } from "../../results/csv-rows.js";
import { type CsvWriter, createRunCsv, resumeRunCsv } from "../../results/csv-writer.js";
import { weightsFileName } from "../../results/paths.js";
import { addAccuracy, addRows, emptyMetrics, type RunMetrics } from "../../results/run-metrics.js";
import { writeRunRecord } from "../../results/run-record.js";
import { removeWeights, writeWeights } from "../../results/weights-file.js";
import type { NamedArray, Snapshot, StepChunk } from "../../study/training.js";
import type { Engine } from "../workers/engine.js";
import type { SweepOrigin, Task } from "../workers/protocol.js";
import {
  type Checkpoint,
  programIdentity,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from "./checkpoint.js";
import { createRunRecord } from "./record.js";

/** A run in training with its files open. All methods but `abandon` throw SeglossError on disk errors. */
export interface ActiveRun {
  readonly task: Task;
  /** The state to resume from; undefined if the run starts at its first step. */
  readonly snapshot: Snapshot | undefined;
  /** Appends the rows of a chunk, which took `seconds` to train. */
  append(chunk: StepChunk, seconds: number): void;
  /** True if the last checkpoint is older than the checkpoint interval. */
  isCheckpointDue(): boolean;
  /** Writes a checkpoint after the chunks so far. */
  saveCheckpoint(snapshot: Snapshot): void;
  /** Gives the CSV its final name, writes the weights, if given, and the record, and returns the run's metrics. */
  finish(weights?: readonly NamedArray[]): RunMetrics;
  /** Closes the files after a failure. A checkpoint stays with its rows; rows without one are removed. Never throws SeglossError. */
  abandon(): void;
}

/** A killed worker loses at most this much work. Tests shorten it. */
const checkpointSeconds = Number(process.env.SEGLOSS_CHECKPOINT_SECONDS ?? 20);

/** Opens a run's files, from its checkpoint if there is one that fits. Throws SeglossError on disk errors. */
export function openActiveRun(task: Task, engine: Engine, origin: SweepOrigin): ActiveRun {
  const { folder, run } = task;
  const program = programIdentity(engine.identity, origin.provenance);
  const { writer, checkpoint } = openFiles(task, program);
  const started = checkpoint?.started ?? new Date();
  let metrics = checkpoint?.metrics ?? emptyMetrics;
  let seconds = checkpoint?.seconds ?? 0;
  let savedAt = performance.now();
  let hasCheckpoint = checkpoint !== undefined;
  return {
    task,
    snapshot: checkpoint?.snapshot,
    append(chunk, took) {
      const { firstStep, steps, values, accuracy, measures } = chunk;
      const last = firstStep + steps - 1;
      writer.append(formatChunk(run, chunk));
      metrics = addRows(metrics, run, firstStep, values);
      if (accuracy !== undefined) {
        metrics = { ...addAccuracy(metrics, last, accuracy), finalMeasures: measures ?? {} };
      }
      seconds += took;
    },
    isCheckpointDue: () => performance.now() - savedAt > checkpointSeconds * 1000,
    saveCheckpoint(snapshot) {
      // The rows reach the disk first: a checkpoint relies on them.
      const csv = writer.sync();
      writeCheckpoint(folder, run, program, { snapshot, csv, metrics, started, seconds });
      hasCheckpoint = true;
      savedAt = performance.now();
    },
    finish(weights) {
      const csv = writer.finish();
      if (weights !== undefined) {
        writeWeights(join(folder, weightsFileName(run.repetition)), weights);
      }
      writeRunRecord(folder, createRunRecord({ task, csv, metrics, started, seconds }, engine, origin));
      if (hasCheckpoint) {
        removeCheckpoint(folder, run);
      }
      return metrics;
    },
    abandon() {
      if (!hasCheckpoint) {
        abandonWriter(writer);
      }
    },
  };
}

/** A checkpoint is used only together with the rows that it was made after. */
function openFiles(
  { folder, run }: Task,
  program: string,
): { readonly writer: CsvWriter; readonly checkpoint: Checkpoint | undefined } {
  const checkpoint = readCheckpoint(folder, run, program);
  const resumed = checkpoint && resumeRunCsv(folder, run.repetition, checkpoint.csv);
  if (resumed !== undefined) {
    return { writer: resumed, checkpoint };
  }
  const writer = createRunCsv(folder, run);
  removeCheckpoint(folder, run);
  removeWeights(folder, run.repetition);
  return { writer, checkpoint: undefined };
}

function abandonWriter(writer: CsvWriter): void {
  try {
    writer.abandon();
  } catch (error) {
    // The failure that led here has already been reported.
    if (!(error instanceof SeglossError)) {
      throw error;
    }
  }
}
