import { fileURLToPath } from "node:url";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import {
  type CompiledScan,
  type CompileOptions,
  compileScan,
  disposeRecords,
  gatherRows,
  type ScanOptions,
  tf,
} from "../../tensorflow/index.js";
import { countPixels, type EvaluatedState, type PixelCounts } from "../evaluate.js";
import { blockLength } from "../images.js";
import type { MiniBatch } from "../mini-batch.js";
import { flatLayout } from "../network/flat-layout.js";
import { type Network, openNetwork } from "../network/network.js";
import type { EvaluateWith } from "../run.js";
import { trainStep } from "../step.js";
import { tasks } from "../tasks/tasks.js";
import { initialState, type TrainingState } from "../training-state.js";
import { guarded } from "./guarded.js";
import { laneWidth } from "./lane-parameters.js";
import type { StepSignature } from "./step-signature.js";

/** Two compiled scans for one signature and number of lanes: the training step and the evaluation. */
export interface CompiledStep {
  readonly shape: CompiledStepShape;
  readonly network: Network;
  readonly validationNetwork: Network;
  /**
   * Trains on rows `first` to `end - 1` of a block of mini-batches, [block length, draws, ...]. Returns the
   * state after them and the recorded rows, [block length, lanes, columns], 0 where there was no step. The
   * caller owns both.
   */
  train(
    state: TrainingState,
    lanes: Lanes,
    block: MiniBatch,
    first: number,
    end: number,
  ): { readonly state: TrainingState; readonly rows: Tensor };
  /**
   * Counts the pixels of every lane by predicted and true class, on validation images, [mini-batches, draws,
   * ...]. Compiled at the first call. The caller owns the counts.
   */
  countPixels(state: EvaluatedState, lanes: Lanes, images: MiniBatch): PixelCounts;
  close(): void;
}

/** What does not change while lanes are trained. */
export interface Lanes {
  /** Their parameters, from `laneTensor`. */
  readonly parameters: Tensor;
  /** The draw of images that each lane sees: int32 [lanes]. */
  readonly draw: Tensor;
}

/** All on which the graphs of a compiled step depend. */
export interface CompiledStepShape {
  readonly signature: StepSignature;
  readonly lanes: number;
  /** How many different draws of images the lanes see. */
  readonly draws: number;
  readonly validationBatch: number;
  readonly validationBatches: number;
  readonly evaluateWith: EvaluateWith;
  /** Whether the evaluation counts by class, for the measures beside the accuracy; by default it does not. */
  readonly countsByClass?: boolean;
}

/** How a step is compiled. */
export interface CompiledStepOptions extends CompileOptions {
  /** The folder in which its graphs are stored, from `useXlaCache`; by default they are not stored. */
  readonly graphFolder?: string | undefined;
}

/** Compiles the step of a shape. */
export function openCompiledStep(shape: CompiledStepShape, options: CompiledStepOptions): CompiledStep {
  const { signature } = shape;
  return guarded((own) => {
    const network = own(openNetwork(signature, flatLayout(signature.batchSize, signature.imageSize)));
    const validationNetwork = own(
      openNetwork(signature, flatLayout(shape.validationBatch, signature.imageSize)),
    );
    const steps = compileSteps(shape, network, options);
    let evaluation: EvaluationScan | undefined;
    return {
      shape,
      network,
      validationNetwork,
      train(state, lanes, block, first, end) {
        const { carry, ys } = steps({ carry: state, xs: block, consts: laneConsts(lanes) }, first, end);
        return { state: carry, rows: ys.row };
      },
      countPixels({ parameters, moving }, lanes, images) {
        evaluation ??= compileEvaluation(shape, validationNetwork, options);
        const carry = zeroCounts(shape);
        try {
          const consts = { state: { parameters, moving }, ...laneConsts(lanes) };
          return evaluation({ carry, xs: images, consts }, 0, shape.validationBatches).carry;
        } finally {
          disposeRecords(carry);
        }
      },
      close() {
        steps.dispose();
        evaluation?.dispose();
        network.close();
        validationNetwork.close();
      },
    };
  });
}

/** As `Lanes`, without the draws where there is one lane, as the only lane sees the only draw. */
interface LaneConsts {
  readonly lanes: Tensor;
  readonly draw?: Tensor;
}

type StepScan = CompiledScan<TrainingState, MiniBatch, LaneConsts, { readonly row: Tensor }>;

type EvaluationScan = CompiledScan<
  PixelCounts,
  MiniBatch,
  LaneConsts & { readonly state: EvaluatedState },
  object
>;

function compileSteps(shape: CompiledStepShape, network: Network, options: CompiledStepOptions): StepScan {
  const { signature } = shape;
  return compileScan(
    (state: TrainingState, block: MiniBatch, { lanes, draw }: LaneConsts) => {
      const after = trainStep(network, signature, state, lanes, batchOfLanes(block, draw));
      return { carry: after.state, y: { row: after.row } };
    },
    () => ({
      carry: exampleState(shape),
      xs: exampleBatches(shape, network, blockLength(network.layout), signature.noisy),
      consts: exampleConsts(shape),
    }),
    scanOptions("step", shape, options),
  );
}

function compileEvaluation(
  shape: CompiledStepShape,
  network: Network,
  options: CompiledStepOptions,
): EvaluationScan {
  const { signature } = shape;
  return compileScan(
    (
      before: PixelCounts,
      images: MiniBatch,
      { state, lanes, draw }: LaneConsts & { readonly state: EvaluatedState },
    ) => {
      const batch = batchOfLanes(images, draw);
      const counted = countPixels(network, signature, state, lanes, batch, shape);
      return { carry: addedCounts(before, counted), y: {} };
    },
    () => {
      const { parameters, moving } = exampleState(shape);
      return {
        carry: zeroCounts(shape),
        xs: exampleBatches(shape, network, shape.validationBatches, false),
        consts: { state: { parameters, moving }, ...exampleConsts(shape) },
      };
    },
    scanOptions("evaluation", shape, options),
  );
}

/** The folder of the study, whose code decides the graphs. */
const studyFolder = fileURLToPath(new URL("../", import.meta.url));

function scanOptions(
  scan: "step" | "evaluation",
  shape: CompiledStepShape,
  { xla = false, graphFolder }: CompiledStepOptions,
): ScanOptions {
  return graphFolder === undefined
    ? { xla }
    : { xla, store: { folder: graphFolder, code: [studyFolder], key: JSON.stringify([scan, shape]) } };
}

function zeroCounts({ lanes, countsByClass }: CompiledStepShape): PixelCounts {
  const zeros = (): Tensor => tf.zeros([lanes]);
  return {
    correct: zeros(),
    ...(countsByClass ? { truePositive: zeros(), falsePositive: zeros(), falseNegative: zeros() } : {}),
  };
}

function addedCounts(before: PixelCounts, counted: PixelCounts): PixelCounts {
  const after = Object.entries(before).map(([name, count]) => [
    name,
    tf.add(count, counted[name as keyof PixelCounts] as Tensor),
  ]);
  return Object.fromEntries(after);
}

/** Selects the mini-batch that each lane sees: [draws, ...] -> [lanes, ...]. */
function batchOfLanes({ images, numbers, noise }: MiniBatch, draw: Tensor | undefined): MiniBatch {
  const select = (x: Tensor): Tensor => (draw === undefined ? x : gatherRows(x, draw as Tensor1D));
  return {
    images: select(images),
    ...(numbers === undefined ? {} : { numbers: select(numbers) }),
    ...(noise === undefined ? {} : { noise: select(noise) }),
  };
}

/** Returns mini-batches of the right shapes: [count, draws, ...]. */
function exampleBatches(
  { signature, draws }: CompiledStepShape,
  { layout, imageHalo }: Network,
  count: number,
  noisy: boolean,
): MiniBatch {
  const images = (): Tensor => tf.zeros([count, draws, layout.length + 2 * imageHalo]);
  const numbers = layout.batch * tasks[signature.task].numbersPerImage(signature);
  return {
    images: images(),
    ...(numbers === 0 ? {} : { numbers: tf.zeros([count, draws, numbers]) }),
    ...(noisy ? { noise: images() } : {}),
  };
}

function laneConsts({ parameters, draw }: Lanes): LaneConsts {
  return parameters.shape[0] === 1 ? { lanes: parameters } : { lanes: parameters, draw };
}

function exampleState({ signature, lanes }: CompiledStepShape): TrainingState {
  return initialState(
    signature,
    Array.from({ length: lanes }, () => ({ stream: [1, 1] as const, kink: 0 })),
  );
}

function exampleConsts({ signature, lanes }: CompiledStepShape): LaneConsts {
  return laneConsts({
    parameters: tf.ones([lanes, laneWidth(signature)]),
    draw: tf.zeros([lanes], "int32"),
  });
}
