import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { blockLength, drawValidation, locateStep, validationBatch } from "../images.js";
import { at } from "../list.js";
import type { Network } from "../network/network.js";
import { streamSeed } from "../random.js";
import type { Run } from "../run.js";
import { rowWidth } from "../step.js";
import { type CompiledStep, type CompiledStepShape, flattenState } from "./compiled-step.js";
import type { ImageCache } from "./image-cache.js";
import {
  laneTensor,
  multiplyAdds,
  type StepSignature,
  signatureKey,
  stepSignature,
} from "./lane-parameters.js";
import { type Snapshot, startOf, takeSnapshot } from "./snapshot.js";

/** What some steps of one run gave. */
export interface StepChunk {
  /** The run's place in the list that was given to `train`. */
  readonly index: number;
  readonly firstStep: number;
  readonly steps: number;
  /** Row-major, [steps][value columns]. */
  readonly values: Float32Array;
  /** The accuracy after the last of these steps, if it is a step to be measured. */
  readonly accuracy: number | undefined;
}

/** Runs in the lanes of one program. */
export interface LaneBatch {
  /** The next step. */
  step(): number;
  /** Whether all its runs are through, or nobody wants them. */
  isDone(): boolean;
  /** Does the next steps of all its runs. */
  advance(): StepChunk[];
  snapshot(lane: number): Snapshot;
  /** Nobody wants this run's numbers any more. */
  drop(lane: number): void;
  close(): void;
}

/** Puts runs into the lanes of one program. `firstIndex` is the place of the first in its group. */
export function openLaneBatch(
  runs: readonly Run[],
  firstIndex: number,
  snapshots: readonly (Snapshot | undefined)[],
  trainingFor: (shape: CompiledStepShape) => CompiledStep,
  blocks: ImageCache,
): LaneBatch {
  const { cell } = at(runs, 0);
  const program = commonProgram(runs);
  const drawn = drawsOf(runs);
  const batch = validationBatch(cell.validationImages, cell.evaluateWith);
  const training = trainingFor({
    program,
    lanes: runs.length,
    draws: drawn.runs.length,
    validationBatch: batch,
    validationBatches: cell.validationImages / batch,
    evaluateWith: cell.evaluateWith,
  });
  const { network, validationNetwork } = training;
  const length = blockLength(network.layout);
  const lanes = laneTensor(program, runs);
  const draw = tf.tensor1d([...drawn.lanes], "int32");
  const validation = validationOf(drawn.runs, validationNetwork, cell.validationImages);
  let { step, state } = startOf(
    program,
    runs.map(({ seed, repetition: run }) => streamSeed(seed, run, "weights")),
    snapshots,
  );
  const dropped = new Set<number>();
  const width = rowWidth(program);
  const pixels = cell.validationImages * cell.imageSize ** 2;
  const longest = mostSteps(program);

  const measure = (): Float32Array => {
    const correct = training.countCorrect({ state, lanes, images: validation, draw });
    const counts = correct.dataSync() as Float32Array;
    correct.dispose();
    return counts.map((count) => count / pixels);
  };

  return {
    step: () => step,
    isDone: () => step >= cell.steps || dropped.size === runs.length,
    advance() {
      const { block, row } = locateStep(step, length);
      const end = Math.min(step + longest, endOfChunk(step, row, length, cell.steps, cell.evaluateEvery));
      const images = blocks.of(drawn.runs, network, block, "training");
      const noise = program.noisy ? { noise: blocks.of(drawn.runs, network, block, "noise") } : {};
      const result = training.train({ state, lanes, images, draw, ...noise }, row, row + end - step);
      const rows = result.rows.dataSync() as Float32Array;
      tf.dispose([...flattenState(state), result.rows]);
      state = result.state;
      const firstStep = step;
      step = end;
      const accuracies = (end - 1) % cell.evaluateEvery === 0 ? measure() : undefined;
      return runs.map((_, lane) => ({
        index: firstIndex + lane,
        firstStep,
        steps: end - firstStep,
        values: laneRows(rows, row, end - firstStep, lane, runs.length, width),
        accuracy: accuracies?.[lane],
      }));
    },
    snapshot: (lane) => takeSnapshot(state, lane, step),
    drop: (lane) => {
      dropped.add(lane);
    },
    close() {
      tf.dispose([...flattenState(state), lanes, draw, validation]);
    },
  };
}

/** Every draw's validation images: [mini-batches, draws, position]. */
function validationOf(runs: readonly Run[], { layout, imageHalo }: Network, count: number): Tensor {
  const draw = ({ seed, repetition: run }: Run): Tensor =>
    drawValidation(layout, streamSeed(seed, run, "validation"), count, imageHalo);
  return tf.tidy(() => tf.stack(runs.map(draw), 1));
}

/** Steps that take about half a second on one core, so that whoever waits for a chunk can soon be stopped. */
function mostSteps(program: StepSignature): number {
  return Math.max(1, Math.floor(1e10 / multiplyAdds(program)));
}

/** Where a chunk ends that begins at `step`, row `row` of a block: with the block, the run, or a step to be measured. */
function endOfChunk(step: number, row: number, length: number, steps: number, evaluateEvery: number): number {
  const measured = Math.ceil(step / evaluateEvery) * evaluateEvery + 1;
  return Math.min(step + length - row, steps, measured);
}

/** The program of several runs: labels are swapped if any of them wants it. Throws if they do not fit together. */
function commonProgram(runs: readonly Run[]): StepSignature {
  if (new Set(runs.map(signatureKey)).size > 1) {
    throw new Error("runs of different programs cannot be trained together");
  }
  return stepSignature(at(runs, 0));
}

/** The different draws of images among some runs, and which of them each run sees. */
function drawsOf(runs: readonly Run[]): { readonly runs: readonly Run[]; readonly lanes: readonly number[] } {
  const distinct = new Map<string, Run>();
  const keyOf = ({ seed, repetition: run }: Run): string => `${seed} ${run}`;
  for (const run of runs) {
    distinct.set(keyOf(run), distinct.get(keyOf(run)) ?? run);
  }
  const keys = [...distinct.keys()];
  return { runs: [...distinct.values()], lanes: runs.map((run) => keys.indexOf(keyOf(run))) };
}

/** One lane's rows `from` to `from + steps` of [block length][lanes][width]. */
function laneRows(
  rows: Float32Array,
  from: number,
  steps: number,
  lane: number,
  lanes: number,
  width: number,
): Float32Array {
  if (lanes === 1) {
    return rows.subarray(from * width, (from + steps) * width);
  }
  const values = new Float32Array(steps * width);
  for (let step = 0; step < steps; step++) {
    const at = ((from + step) * lanes + lane) * width;
    values.set(rows.subarray(at, at + width), step * width);
  }
  return values;
}
