import assert from "node:assert/strict";
import { test } from "node:test";
import { initialOptimizerState, type OptimizerState, optimizerUpdate } from "../../src/study/optimizers.js";
import { loadTensorFlow, scoped, tf } from "../../src/tensorflow/index.js";
import { randomSample } from "../helpers/mersenne-twister.js";
import { relativeError } from "../helpers/training.js";

await loadTensorFlow({ threads: 1 });

const steps = 50;
const parameters = 5;

interface Choice {
  readonly learningRate: number;
  readonly adam: boolean;
  readonly momentum: number;
}

/** Gradients of every step, of very different sizes, one exactly 0. */
function gradientsFrom(seed: number): number[][] {
  const next = randomSample(seed);
  return Array.from({ length: steps }, () =>
    Array.from({ length: parameters }, (_, index) =>
      index === 0 ? 0 : Math.fround((next() - 0.3) * 10 ** (2 - 2 * index)),
    ),
  );
}

/** Adam as TensorFlow 1 has it, and SGD with momentum, in float64: every step's change of the parameters. */
function changesOf({ learningRate, adam, momentum }: Choice, gradients: readonly number[][]): number[][] {
  const m = Array.from({ length: parameters }, () => 0);
  const v = [...m];
  return gradients.map((gradient, index) =>
    gradient.map((g, i) => {
      const t = index + 1;
      if (!adam) {
        m[i] = momentum * (m[i] ?? 0) + g;
        return learningRate * m[i];
      }
      m[i] = 0.9 * (m[i] ?? 0) + 0.1 * g;
      v[i] = 0.999 * (v[i] ?? 0) + 0.001 * g * g;
      const rate = (learningRate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
      return (rate * m[i]) / (Math.sqrt(v[i]) + 1e-8);
    }),
  );
}

/** The same by the project, every choice in a lane of its own: [step][lane][parameter]. */
function changesInLanes(choices: readonly Choice[], gradients: readonly number[][][]): number[][][] {
  return scoped(() => {
    const column = (value: (choice: Choice) => number) =>
      tf.tensor2d(choices.map((choice) => [value(choice)]));
    const settings = {
      learningRate: column(({ learningRate }) => learningRate),
      adam: column(({ adam }) => (adam ? 1 : 0)),
      momentum: column(({ momentum }) => momentum),
    };
    let state: OptimizerState = initialOptimizerState(choices.length, parameters);
    return Array.from({ length: steps }, (_, step) => {
      const gradient = tf.tensor2d(gradients.map((ofLane) => ofLane[step] ?? []));
      const after = optimizerUpdate(gradient, state, settings);
      state = after.state;
      return after.change.arraySync() as number[][];
    });
  });
}

const choices: readonly Choice[] = [
  { learningRate: 0.001, adam: true, momentum: 0 },
  { learningRate: 0.1, adam: true, momentum: 0.9 },
  { learningRate: 0.001, adam: false, momentum: 0 },
  { learningRate: 3, adam: false, momentum: 0.9 },
];
const gradients = choices.map((_, lane) => gradientsFrom(lane + 1));
const changes = (): number[][][] => changesInLanes(choices, gradients);

test("Adam, SGD and SGD with momentum in adjacent lanes change the parameters as their definitions in float64 do", () => {
  const got = changes();
  for (const [lane, choice] of choices.entries()) {
    for (const [step, wanted] of changesOf(choice, gradients[lane] ?? []).entries()) {
      const error = relativeError(got[step]?.[lane] ?? [], wanted, choice.learningRate * 1e-4);
      // 1 - beta2^t has lost three digits in float32 when t is small.
      assert.ok(error < 1e-4, `lane ${lane} step ${step}: ${error} off`);
    }
  }
});

test("Neither optimizer changes a parameter whose gradient is 0", () => {
  for (const step of changes()) {
    assert.deepEqual(
      step.map(([first]) => first),
      [0, 0, 0, 0],
    );
  }
});

test("Adam adds its epsilon to the uncorrected root, as TensorFlow 1 does", () => {
  // With a gradient of 1e-8 the first step tells the forms apart: sqrt(v) is epsilon's sqrt(.001) here, and
  // epsilon in the paper's.
  const [change] = scoped(() => {
    const settings = {
      learningRate: tf.ones([1, 1]),
      adam: tf.ones([1, 1]),
      momentum: tf.zeros([1, 1]),
    };
    return [
      ...optimizerUpdate(tf.fill([1, 1], 1e-8), initialOptimizerState(1, 1), settings).change.dataSync(),
    ];
  });
  const root = Math.sqrt(0.001);
  assert.ok(Math.abs((change ?? 0) / (root / (root + 1)) - 1) < 1e-3, `${change}`);
});
