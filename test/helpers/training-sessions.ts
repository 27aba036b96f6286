import assert from "node:assert/strict";
import type { Cell, Run } from "../../src/study/run.js";
import {
  openTrainer,
  type Snapshot,
  type StepChunk,
  type TrainingSession,
} from "../../src/study/training.js";
import type { ReferenceMoments } from "./reference-network.js";
import { runOf } from "./training.js";

/** Opens a trainer, by default without XLA, so that its numbers are those of eager execution. */
export function openSmallTrainer(width: number, xla = false) {
  return openTrainer({ width, xla });
}

/** Returns a run that takes milliseconds: images of 8 x 8, 45 steps, accuracy at steps 0, 20 and 40. */
export function smallRun(given: Partial<Cell> = {}, rest: Partial<Omit<Run, "cell">> = {}): Run {
  return runOf({ imageSize: 8, steps: 45, evaluateEvery: 20, validationImages: 10, ...given }, rest);
}

/** The recorded numbers of a run: its rows one after the other, and the accuracies by step. */
export interface Recorded {
  readonly values: number[];
  readonly accuracies: Map<number, number>;
}

/** Trains a session to its end and closes it. Returns what it records of each run. */
export function finishSession(session: TrainingSession, runs: number): Recorded[] {
  const recorded = nothingRecorded(runs);
  for (const chunks of chunksOf(session)) {
    addChunks(recorded, chunks);
  }
  session.close();
  return recorded;
}

/** Returns empty records of some runs, for `addChunks`. */
export function nothingRecorded(runs: number): Recorded[] {
  return Array.from({ length: runs }, () => ({ values: [], accuracies: new Map() }));
}

/** Trains a session chunk by chunk to its end. */
export function* chunksOf(session: TrainingSession): Generator<StepChunk[], void> {
  for (let chunks = session.next(); chunks !== undefined; chunks = session.next()) {
    yield chunks;
  }
}

/** Adds chunks to what is recorded of their runs. */
export function addChunks(recorded: readonly Recorded[], chunks: readonly StepChunk[]): void {
  for (const { index, firstStep, steps, values, accuracy } of chunks) {
    const run = recorded[index] ?? assert.fail();
    run.values.push(...values);
    if (accuracy !== undefined) {
      run.accuracies.set(firstStep + steps - 1, accuracy);
    }
  }
}

/** Returns the parameters and moving averages in a snapshot. */
export function snapshotContents({ tensors }: Snapshot): {
  readonly parameters: Float32Array;
  readonly moving: ReferenceMoments[];
} {
  const named = (name: string): Float32Array | undefined =>
    tensors.find((tensor) => tensor.name === name)?.values;
  const layers = tensors.filter(({ name }) => /^moving\.\d+\.mean$/.test(name)).length;
  return {
    parameters: named("parameters") ?? assert.fail(),
    moving: Array.from({ length: layers }, (_, layer) => ({
      mean: [...(named(`moving.${layer}.mean`) ?? assert.fail())],
      variance: [...(named(`moving.${layer}.variance`) ?? assert.fail())],
    })),
  };
}
