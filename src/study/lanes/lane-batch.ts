import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { disposeRecords, tf, tidyRecord } from "../../tensorflow/index.js";
import { type CountsOfLanes, type Evaluation, evaluationOf } from "../evaluate.js";
import { drawValidation, drawValidationNumbers, validationBatch } from "../images.js";
import { at } from "../list.js";
import type { MiniBatch } from "../mini-batch.js";
import type { Network } from "../network/network.js";
import { type StreamSeed, streamSeed } from "../random.js";
import { rowLayout } from "../row-layout.js";
import type { Run } from "../run.js";
import { tasks } from "../tasks/tasks.js";
import type { CompiledStep, CompiledStepShape } from "./compiled-step.js";
import { initialWeightsOf, laneTensor } from "./lane-parameters.js";
import { commonStep, type NamedArray, type Snapshot, startState, takeSnapshot } from "./snapshot.js";
import { commonSignature, type StepSignature } from "./step-signature.js";
import { runWeights } from "./weights.js";

/** Runs that are trained together, each in a lane of one compiled step, and their state. */
export interface LaneBatch {
  readonly runs: readonly [Run, ...Run[]];
  readonly signature: StepSignature;
  readonly network: Network;
  /** One run for each different draw of images. */
  readonly draws: readonly Run[];
  /** The next step, the same for all its runs. */
  step(): number;
  /** Whether every run has all its steps, or every run is dropped. */
  isDone(): boolean;
  /**
   * Trains on `steps` mini-batches of a block from row `first` on. Returns each lane's recorded rows,
   * [steps][columns].
   */
  train(block: MiniBatch, first: number, steps: number): Float32Array[];
  /** Evaluates each lane on its validation images. */
  evaluate(): Evaluation[];
  snapshot(lane: number): Snapshot;
  /** Returns a lane's weights before its first step and now. */
  weights(lane: number): NamedArray[];
  /** Marks a run whose numbers are no longer wanted. Its lane is trained on until all are dropped. */
  drop(lane: number): void;
  close(): void;
}

/**
 * Opens the runs in lanes of a compiled step, each from its snapshot if it has one. Throws if they do not fit
 * together.
 */
export function openLaneBatch(
  runs: readonly [Run, ...Run[]],
  snapshots: readonly (Snapshot | undefined)[],
  compiledStepFor: (shape: CompiledStepShape) => CompiledStep,
): LaneBatch {
  const [{ cell, metrics }] = runs;
  const signature = commonSignature(runs);
  let step = commonStep(snapshots);
  const { draws, drawOfLane } = drawsOf(runs);
  const batch = validationBatch(cell.validationImages, cell.evaluateWith);
  const compiled = compiledStepFor({
    signature,
    lanes: runs.length,
    draws: draws.length,
    validationBatch: batch,
    validationBatches: cell.validationImages / batch,
    evaluateWith: cell.evaluateWith,
    ...(metrics.length > 0 ? { countsByClass: true } : {}),
  });
  const tensors = tidyRecord(() => ({
    lanes: {
      parameters: laneTensor(signature, runs) as Tensor,
      draw: tf.tensor1d([...drawOfLane], "int32") as Tensor,
    },
    validation: validationOf(draws, compiled.validationNetwork, signature, cell.validationImages),
    state: startState(signature, runs.map(initialWeightsOf), snapshots),
  }));
  const { lanes, validation } = tensors;
  let { state } = tensors;
  const dropped = new Set<number>();
  return {
    runs,
    signature,
    network: compiled.network,
    draws,
    step: () => step,
    isDone: () => step >= cell.steps || dropped.size === runs.length,
    train(block, first, steps) {
      const after = compiled.train(state, lanes, block, first, first + steps);
      disposeRecords(state);
      state = after.state;
      step += steps;
      const rows = read(after.rows);
      return runs.map((_, lane) =>
        laneRows(rows, first, steps, lane, runs.length, rowLayout(signature).columns.length),
      );
    },
    evaluate() {
      const counted = Object.entries(compiled.countPixels(state, lanes, validation));
      const counts = Object.fromEntries(counted.map(([name, count]) => [name, read(count)]));
      return runs.map((run, lane) => evaluationOf(run, counts as CountsOfLanes, lane));
    },
    snapshot: (lane) => takeSnapshot(state, lane, step),
    weights: (lane) => runWeights(at(runs, lane), signature, takeSnapshot(state, lane, step)),
    drop: (lane) => {
      dropped.add(lane);
    },
    close() {
      disposeRecords(lanes, state, validation);
    },
  };
}

/** Reads a tensor and frees it. */
function read(tensor: Tensor): Float32Array {
  try {
    return tensor.dataSync() as Float32Array;
  } finally {
    tensor.dispose();
  }
}

/** Draws every draw's validation images: [mini-batches, draws, ...]. */
function validationOf(
  draws: readonly Run[],
  { layout, imageHalo }: Network,
  signature: StepSignature,
  count: number,
): MiniBatch {
  const stacked = (draw: (stream: StreamSeed) => Tensor): Tensor =>
    tf.stack(
      draws.map(({ seed, repetition }) => draw(streamSeed(seed, repetition, "validation"))),
      1,
    );
  const images = stacked((stream) => drawValidation(layout, stream, count, imageHalo));
  const numbers = tasks[signature.task].numbersPerImage(signature);
  return numbers === 0
    ? { images }
    : { images, numbers: stacked((stream) => drawValidationNumbers(layout, stream, count, numbers)) };
}

/** Finds the different draws of images among some runs, and which of them each run sees. */
function drawsOf(runs: readonly Run[]): {
  readonly draws: readonly Run[];
  readonly drawOfLane: readonly number[];
} {
  const distinct = new Map<string, Run>();
  const keyOf = ({ seed, repetition }: Run): string => `${seed} ${repetition}`;
  for (const run of runs) {
    distinct.set(keyOf(run), distinct.get(keyOf(run)) ?? run);
  }
  const keys = [...distinct.keys()];
  return { draws: [...distinct.values()], drawOfLane: runs.map((run) => keys.indexOf(keyOf(run))) };
}

/** Selects one lane's rows `first` to `first + steps - 1` from [block length][lanes][width]. */
function laneRows(
  rows: Float32Array,
  first: number,
  steps: number,
  lane: number,
  lanes: number,
  width: number,
): Float32Array {
  if (lanes === 1) {
    return rows.subarray(first * width, (first + steps) * width);
  }
  const values = new Float32Array(steps * width);
  for (let step = 0; step < steps; step++) {
    const at = ((first + step) * lanes + lane) * width;
    values.set(rows.subarray(at, at + width), step * width);
  }
  return values;
}
