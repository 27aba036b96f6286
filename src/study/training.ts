import { isEvaluated, nextEvaluated } from "./evaluate.js";
import { blockLength, locateStep } from "./images.js";
import { type CompiledStep, type CompiledStepShape, openCompiledStep } from "./lanes/compiled-step.js";
import { multiplyAdds } from "./lanes/cost.js";
import { guarded } from "./lanes/guarded.js";
import { type ImageCache, openImageCache } from "./lanes/image-cache.js";
import { type LaneBatch, openLaneBatch } from "./lanes/lane-batch.js";
import type { NamedArray, Snapshot } from "./lanes/snapshot.js";
import { numbersPerBatch } from "./lanes/step-signature.js";
import { at } from "./list.js";
import type { MeasureValues } from "./measures.js";
import type { Run } from "./run.js";

export type { NamedArray, Snapshot } from "./lanes/snapshot.js";
export { signatureKey } from "./lanes/step-signature.js";

/** The recorded numbers of some consecutive steps of one run. */
export interface StepChunk {
  /** The run's index in the list that was passed to `train`. */
  readonly index: number;
  readonly firstStep: number;
  readonly steps: number;
  /** Losses and gradient norms of every step before its update: row-major, [steps][value columns]. */
  readonly values: Float32Array;
  /** The accuracy after the last of these steps, if it is measured there. */
  readonly accuracy: number | undefined;
  /** The measures that the run records, where the accuracy is measured. Absent where it records none. */
  readonly measures?: MeasureValues;
}

/**
 * The training loop of the study, for runs that are trained side by side. A step computes the losses and
 * gradient norms of the parameters on a mini-batch, then updates them by the trained loss (step.ts); many
 * steps are one call.
 */
function* trainingLoop(batch: LaneBatch, images: ImageCache): Generator<Omit<StepChunk, "index">[], void> {
  const { runs, network, draws, signature } = batch;
  const { cell } = runs[0];
  const numbers = numbersPerBatch(signature);
  while (!batch.isDone()) {
    const firstStep = batch.step();
    const { block, row, steps } = nextChunk(batch);
    const lastStep = firstStep + steps - 1;

    // Draw
    const miniBatches = {
      images: images.draw(draws, network, block, "training"),
      ...(numbers > 0 ? { numbers: images.drawNumbers(draws, network, block, numbers) } : {}),
      ...(signature.noisy ? { noise: images.draw(draws, network, block, "noise") } : {}),
    };
    // Step
    const rows = batch.train(miniBatches, row, steps);
    // Evaluate
    const evaluations = isEvaluated(lastStep, cell) ? batch.evaluate() : undefined;
    // Record
    yield rows.map((values, lane) => {
      const evaluation = evaluations?.[lane];
      return { accuracy: undefined, ...evaluation, firstStep, steps, values };
    });
  }
}

/**
 * Places the next steps in a block of images. They end with the block, the run or a step to be evaluated, or
 * after half a second.
 */
function nextChunk(batch: LaneBatch): {
  readonly block: number;
  readonly row: number;
  readonly steps: number;
} {
  const { cell } = batch.runs[0];
  const step = batch.step();
  const length = blockLength(batch.network.layout);
  const { block, row } = locateStep(step, length);
  const end = Math.min(step + length - row, cell.steps, nextEvaluated(step, cell) + 1);
  // A call cannot be interrupted: this many steps take about half a second on one core.
  const longest = Math.max(1, Math.floor(1e10 / multiplyAdds(batch.signature)));
  return { block, row, steps: Math.min(end - step, longest) };
}

// The loop as its callers see it: runs go in, numbers come out, no tensors.

/** Trains runs with compiled steps, which it shares among all its sessions. */
export interface Trainer {
  /**
   * Starts to train runs with equal `signatureKey`, each from its snapshot if it has one. Runs in one lane
   * batch, which on a GPU are all of them, must be at the same step.
   */
  train(runs: readonly Run[], snapshots?: readonly (Snapshot | undefined)[]): TrainingSession;
  /** Frees the compiled steps. */
  close(): void;
}

/** Runs that are being trained. */
export interface TrainingSession {
  /** Trains the next steps of the runs that are furthest behind. Returns undefined when all runs are done. */
  next(): StepChunk[] | undefined;
  /** Returns the state of a run after its steps so far. */
  snapshot(index: number): Snapshot;
  /**
   * Returns a run's weights before its first step, `initial.conv1.weights` and so on, and after its steps so
   * far, `final.*`.
   */
  weights(index: number): readonly NamedArray[];
  /**
   * Stops training a run whose numbers are no longer wanted, as soon as no other run of its lane batch needs
   * the steps.
   */
  drop(index: number): void;
  /** Frees the runs' tensors. */
  close(): void;
}

/** How a trainer compiles. */
export interface TrainerOptions {
  /**
   * Most lanes of a compiled step. Runs are spread evenly over as few lane batches as hold them. The last
   * bits of a lane may depend on the number of lanes, so on a CPU it is 1: the choice of runs trained
   * together then changes no bit.
   */
  readonly width: number | ((run: Run) => number);
  /** Compile with XLA. */
  readonly xla: boolean;
  /** The folder in which traced steps are stored; by default they are not stored. */
  readonly graphFolder?: string | undefined;
}

/** Opens a trainer. TensorFlow must be loaded. */
export function openTrainer(options: TrainerOptions): Trainer {
  const compiled = new Map<string, CompiledStep>();
  const compiledStepFor = (shape: CompiledStepShape): CompiledStep => {
    const key = JSON.stringify(shape);
    const step = compiled.get(key) ?? openCompiledStep(shape, options);
    compiled.set(key, step);
    return step;
  };
  return {
    train: (runs, snapshots = []) => openSession(runs, snapshots, evenWidth(runs, options), compiledStepFor),
    close() {
      for (const step of compiled.values()) {
        step.close();
      }
      compiled.clear();
    },
  };
}

/** Lanes of each batch, so that no batch is left with a few. */
function evenWidth(runs: readonly Run[], { width }: TrainerOptions): number {
  const most = typeof width === "number" ? width : width(at(runs, 0));
  return Math.ceil(runs.length / Math.ceil(runs.length / most));
}

function openSession(
  runs: readonly Run[],
  snapshots: readonly (Snapshot | undefined)[],
  width: number,
  compiledStepFor: (shape: CompiledStepShape) => CompiledStep,
): TrainingSession {
  return guarded((own) => {
    const images = own(openImageCache());
    const batches = Array.from({ length: Math.ceil(runs.length / width) }, (_, index) => {
      const [first, end] = [index * width, (index + 1) * width];
      const lanes: readonly [Run, ...Run[]] = [at(runs, first), ...runs.slice(first + 1, end)];
      const batch = own(openLaneBatch(lanes, snapshots.slice(first, end), compiledStepFor));
      return { batch, firstIndex: first, loop: trainingLoop(batch, images) };
    });
    const batchOf = (index: number): LaneBatch => at(batches, Math.floor(index / width)).batch;
    return {
      next() {
        const [behind] = batches
          .filter(({ batch }) => !batch.isDone())
          .sort((a, b) => a.batch.step() - b.batch.step());
        const chunks = behind?.loop.next().value ?? undefined;
        return chunks?.map((chunk, lane) => ({ index: (behind?.firstIndex ?? 0) + lane, ...chunk }));
      },
      snapshot: (index) => batchOf(index).snapshot(index % width),
      weights: (index) => batchOf(index).weights(index % width),
      drop: (index) => batchOf(index).drop(index % width),
      close() {
        images.close();
        for (const { batch } of batches) {
          batch.close();
        }
      },
    };
  });
}
