import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { drawBlock, drawValidation } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { studyLosses } from "../../src/study/losses.js";
import { type FlatLayout, flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { streamSeed } from "../../src/study/random.js";
import { rowLayout } from "../../src/study/row-layout.js";
import type { Cell, Run } from "../../src/study/run.js";
import {
  openTrainer,
  type Snapshot,
  type StepChunk,
  signatureKey,
  type TrainingSession,
} from "../../src/study/training.js";
import { backend, loadTensorFlow, scoped, tf } from "../../src/tensorflow/backend.js";
import { forward, type Images, labelsOf, lossesOf, type Moments } from "../helpers/reference-network.js";
import { relativeError, runOf } from "../helpers/training.js";

await loadTensorFlow({ threads: 1 });

const small = { imageSize: 8, steps: 45, evaluateEvery: 20, validationImages: 10 } as const;
const one = openTrainer({ width: 1, xla: false });
const three = openTrainer({ width: 3, xla: false });

after(() => {
  one.close();
  three.close();
});

function smallRun(given: Partial<Cell> = {}, rest: Partial<Omit<Run, "cell">> = {}): Run {
  return runOf({ ...small, ...given }, rest);
}

/** What a run gave: its rows one after the other, and the accuracies by step. */
interface Course {
  readonly values: number[];
  readonly accuracies: Map<number, number>;
}

function add(courses: Course[], chunks: readonly StepChunk[]): void {
  for (const { index, firstStep, steps, values, accuracy } of chunks) {
    const course = courses[index] ?? assert.fail();
    course.values.push(...values);
    if (accuracy !== undefined) {
      course.accuracies.set(firstStep + steps - 1, accuracy);
    }
  }
}

function finish(progress: TrainingSession, runs: number): Course[] {
  const courses = Array.from({ length: runs }, () => ({ values: [], accuracies: new Map() }));
  for (let chunks = progress.next(); chunks !== undefined; chunks = progress.next()) {
    add(courses, chunks);
  }
  progress.close();
  return courses;
}

function course(run: Run, trainer = one): Course {
  const [only] = finish(trainer.train([run]), 1);
  return only ?? assert.fail();
}

/** Pixels of laid out images, mini-batch after mini-batch. */
function pixelsOf(frame: FlatLayout, draw: () => ReturnType<typeof drawBlock>): number[] {
  return scoped(() => {
    const mask = pixelMask(frame, 0).dataSync();
    return [...draw().dataSync()].filter((_, index) => mask[index % mask.length] === 1);
  });
}

/** The first lane's parameters and moving averages in a snapshot. */
function contentsOf({ tensors }: Snapshot): {
  readonly parameters: Float32Array;
  readonly moving: Moments[];
} {
  const [parameters, , , , ...moving] = tensors.map(({ values }) => values);
  return {
    parameters: parameters ?? assert.fail(),
    moving: Array.from({ length: moving.length / 2 }, (_, layer) => ({
      mean: [...(moving[2 * layer] ?? [])],
      variance: [...(moving[2 * layer + 1] ?? [])],
    })),
  };
}

describe("A run", () => {
  it("gives a row for every step, and the accuracy at steps 0, 20 and 40", () => {
    const run = smallRun();
    const { values, accuracies } = course(run);
    assert.equal(values.length, 45 * rowLayout(stepSignature(run)).columns.length);
    assert.deepEqual([...accuracies.keys()], [0, 20, 40]);
    assert.equal(values.filter((value) => !(value > 0)).length, 0);
  });

  for (const [steps, evaluateEvery, measured] of [
    [1, 250, [0]],
    [15, 7, [0, 7, 14]],
    [4, 1, [0, 1, 2, 3]],
    [260, 200, [0, 200]],
  ] as const) {
    it(`of ${steps} steps measured every ${evaluateEvery} is measured at steps ${measured.join(", ")}`, () => {
      const run = smallRun({ steps, evaluateEvery });
      const { values, accuracies } = course(run);
      assert.equal(values.length, steps * 10);
      assert.deepEqual([...accuracies.keys()], measured);
    });
  }

  it("has the same numbers however often it is measured", () => {
    assert.deepEqual(course(smallRun({ evaluateEvery: 7 })).values, course(smallRun()).values);
  });

  for (const labelNoise of [0, 0.25]) {
    it(`has on step 0 the losses of its first weights on its first images${labelNoise > 0 ? ", labels swapped by noise of their own" : ""}`, () => {
      const run = smallRun({ batchNorm: true, threshold: 0.3, labelNoise });
      const progress = one.train([run]);
      const { parameters } = contentsOf(progress.snapshot(0));
      const [chunk] = progress.next() ?? [];
      progress.close();
      const frame = flatLayout(2, 8);
      // Step 0 is the last of block 0.
      const drawn = (purpose: "training" | "noise"): Images => {
        const block = pixelsOf(frame, () => drawBlock(frame, streamSeed(1, 0, purpose), 0, 0));
        return { batch: 2, size: 8, values: block.slice(-frame.pixels) };
      };
      const [images, noise] = [drawn("training"), drawn("noise")];
      const swapped = (pixel: number): boolean => (noise.values[pixel] ?? 1) < labelNoise;
      const labels = labelsOf(images, 0.3).map((label, pixel) => (swapped(pixel) ? 1 - label : label));
      const wanted = lossesOf(stepSignature(run), parameters, images, run.cell, labels);
      const values = studyLosses.map((name) => wanted[name as keyof typeof wanted]);
      const got = [...(chunk?.values ?? [])].slice(0, 5);
      assert.ok(relativeError(got, values) < 1e-5, `${got}, not ${values}`);
    });
  }

  for (const [title, batchNorm, evaluateWith] of [
    ["without batch norm", false, "moving"],
    ["by the moving averages", true, "moving"],
    ["by the moments of the images", true, "batch"],
  ] as const) {
    it(`has the accuracy that a plain count of pixels gives, ${title}`, () => {
      const count = 10;
      const given = { batchNorm, evaluateWith, validationImages: count };
      const run = smallRun({ ...given, threshold: 0.4, learningRate: 0.02 });
      const progress = one.train([run]);
      const frame = flatLayout(count, 8);
      const images = pixelsOf(frame, () => drawValidation(frame, streamSeed(1, 0, "validation"), count, 0));
      const labels = labelsOf({ batch: count, size: 8, values: images }, 0.4);
      const got: number[] = [];
      for (let chunks = progress.next(); chunks !== undefined; chunks = progress.next()) {
        const [{ accuracy } = assert.fail()] = chunks;
        if (accuracy === undefined) {
          continue;
        }
        const { parameters, moving } = contentsOf(progress.snapshot(0));
        const seen = { batch: count, size: 8, values: images };
        const known = batchNorm && evaluateWith === "moving" ? moving : undefined;
        const { logits } = forward(stepSignature(run), parameters, seen, known);
        const right = logits.filter(([bg = 0, fg = 0], pixel) => (fg > bg ? 1 : 0) === labels[pixel]);
        got.push(accuracy);
        // A pixel whose logits are equal but for rounding may fall on either side.
        const apart = Math.abs(accuracy * labels.length - right.length);
        assert.ok(apart < 2.5, `${apart} pixels apart`);
      }
      progress.close();
      assert.equal(got.length, 3);
      assert.ok(new Set(got).size > 1, "the accuracy never changes");
    });
  }

  it("learns the task in 300 steps of a larger learning rate", () => {
    const { accuracies } = course(smallRun({ learningRate: 0.005, steps: 301, evaluateEvery: 300 }));
    assert.ok((accuracies.get(300) ?? 0) > 0.93, `accuracy ${accuracies.get(300)}`);
  });

  it("is the same with a loss that is recorded and with one that is only trained", () => {
    const full = course(smallRun({ loss: "focal" }, { monitor: ["cce", "focal"] }));
    const bare = course(smallRun({ loss: "focal" }, { monitor: ["cce"] }));
    const cce = full.values.filter((_, index) => index % 4 === 0);
    const error = relativeError(
      bare.values.filter((_, index) => index % 2 === 0),
      cce,
    );
    assert.ok(error < 1e-5, `${error} apart`);
    assert.deepEqual(bare.accuracies, full.accuracies);
  });
});

describe("Runs of one number", () => {
  it("see the same images and begin with the same weights in every cell", () => {
    const first = [
      smallRun(),
      smallRun({ optimizer: "sgd", learningRate: 0.5 }),
      smallRun({ loss: "dicefg_square" }),
    ].map((run) => course(run).values.slice(0, 10));
    assert.deepEqual(first, [first[0], first[0], first[0]]);
  });

  it("differ from those of another number or seed", () => {
    const runs = [smallRun(), smallRun({}, { repetition: 1 }), smallRun({}, { seed: 2 })];
    const first = runs.map((run) => course(run).values[0]);
    assert.equal(new Set(first).size, 3);
  });
});

describe("Company", () => {
  const runs = [
    smallRun({ loss: "dice", threshold: 0.05 }),
    smallRun({ loss: "cce", threshold: 0.5, optimizer: "sgd" }, { repetition: 1 }),
    smallRun({ loss: "dicefg", threshold: 0.95, input: "inverted" }),
    smallRun({ loss: "dice", threshold: 0.05, lossEpsilon: 0.1 }, { repetition: 2 }),
    smallRun({ loss: "dice_square", momentum: 0.9, optimizer: "sgd" }, { repetition: 1 }),
  ];

  it("does not change a bit of a run that has a program for itself", () => {
    const together = finish(one.train(runs), runs.length);
    assert.deepEqual(
      together,
      runs.map((run) => course(run)),
    );
  });

  it("does not change a bit of a lane that has two neighbours, whoever they are", () => {
    const lane = (members: readonly Run[], index: number): Course =>
      finish(three.train(members), members.length)[index] ?? assert.fail();
    const [a, b, c, d, e] = runs as [Run, Run, Run, Run, Run];
    const wanted = lane([a, b, c], 0);
    assert.deepEqual(lane([d, a, e], 1), wanted);
    assert.deepEqual(lane([b, b, a], 2), wanted);
  });

  it("of two, three or five lanes in a program gives the same bits", () => {
    const [, lane] = [2, 3, 5].map((width) => {
      const trainer = openTrainer({ width, xla: false });
      const [first] = finish(trainer.train(runs.slice(0, width)), width);
      trainer.close();
      return first;
    });
    for (const width of [2, 5]) {
      const trainer = openTrainer({ width, xla: false });
      const [first] = finish(trainer.train(runs.slice(0, width)), width);
      trainer.close();
      assert.deepEqual(first, lane);
    }
  });

  it("is refused to runs whose networks differ", () => {
    const misfits = [smallRun(), smallRun({ batchNorm: true })];
    assert.notEqual(signatureKey(misfits[0] ?? assert.fail()), signatureKey(misfits[1] ?? assert.fail()));
    assert.throws(() => three.train(misfits), /different step signatures/);
  });
});

describe("A run that is dropped", () => {
  it("is no longer trained, and the others go on with the same bits", () => {
    const runs = [smallRun(), smallRun({ loss: "dice" })];
    const progress = one.train(runs);
    progress.next();
    progress.next();
    progress.drop(0);
    const rest: StepChunk[] = [];
    for (let chunks = progress.next(); chunks !== undefined; chunks = progress.next()) {
      rest.push(...chunks);
    }
    progress.close();
    assert.deepEqual(new Set(rest.map(({ index }) => index)), new Set([1]));
    const wanted = course(runs[1] ?? assert.fail()).values.slice(10);
    assert.deepEqual(
      rest.flatMap(({ values }) => [...values]),
      wanted,
    );
  });

  it("among others of its program changes nothing until all of them are", () => {
    const runs = [smallRun(), smallRun({ loss: "dice" })];
    const whole = finish(three.train(runs), 2);
    const progress = three.train(runs);
    progress.drop(0);
    assert.deepEqual(finish(progress, 2)[1], whole[1]);
    const none = three.train(runs);
    none.drop(0);
    none.drop(1);
    assert.equal(none.next(), undefined);
    none.close();
  });
});

describe("A snapshot", () => {
  for (const noise of [0, 0.1]) {
    it(`is enough to go on with the same bits, ${noise > 0 ? "noise on labels included" : "Adam and batch norm included"}`, () => {
      const run = smallRun({ batchNorm: true, labelNoise: noise });
      const whole = course(run);
      const begun = one.train([run]);
      const courses: Course[] = [{ values: [], accuracies: new Map() }];
      add(courses, begun.next() ?? []);
      add(courses, begun.next() ?? []);
      const snapshot = begun.snapshot(0);
      begun.close();
      assert.equal(snapshot.step, 21);
      const rest = one.train([run], [snapshot]);
      for (let chunks = rest.next(); chunks !== undefined; chunks = rest.next()) {
        add(courses, chunks);
      }
      rest.close();
      assert.deepEqual(courses, [whole]);
    });
  }

  it("of each run is taken from its own lane", () => {
    const runs = [smallRun(), smallRun({ loss: "dice" }), smallRun({}, { repetition: 1 })];
    const progress = three.train(runs);
    progress.next();
    progress.next();
    const snapshots = runs.map((_, index) => progress.snapshot(index));
    const rest: Course[] = runs.map(() => ({ values: [], accuracies: new Map() }));
    for (let chunks = progress.next(); chunks !== undefined; chunks = progress.next()) {
      add(rest, chunks);
    }
    progress.close();
    assert.deepEqual(finish(three.train(runs, snapshots), 3), rest);
  });

  it("must be of the same step for all runs of a program", () => {
    const runs = [smallRun(), smallRun({}, { repetition: 1 })];
    const progress = three.train(runs);
    progress.next();
    const snapshot = progress.snapshot(0);
    progress.close();
    assert.throws(() => three.train(runs, [snapshot, undefined]), /same step/);
  });
});

describe("Memory", () => {
  it("is flat over 200 steps, and as before after a run is closed", () => {
    const tensors = (): number[] => [tf.memory().numTensors, backend().binding.getNumOfTensors()];
    const run = smallRun({ batchNorm: true, labelNoise: 0.1, steps: 221 });
    course(run);
    const before = tensors();
    const progress = one.train([run]);
    const counts: string[] = [];
    for (let chunks = progress.next(); chunks !== undefined; chunks = progress.next()) {
      counts.push(tensors().join());
    }
    assert.equal(counts.length, 12);
    // The first chunks draw the first block.
    assert.equal(new Set(counts.slice(2)).size, 1, counts.join(" "));
    progress.close();
    assert.deepEqual(tensors(), before);
  });

  it("and sessions are as before after a trainer is closed", () => {
    const count = (): number[] => [
      tf.memory().numTensors,
      backend().binding.getNumOfTensors(),
      backend().binding.getNumOfSavedModels(),
    ];
    const before = count();
    const trainer = openTrainer({ width: 1, xla: false });
    finish(
      trainer.train(
        [smallRun({ steps: 2 }), smallRun({ steps: 2, filters: 3 }, { repetition: 1 })].slice(0, 1),
      ),
      1,
    );
    finish(trainer.train([smallRun({ steps: 2, filters: 3 })]), 1);
    assert.equal(count()[2], (before[2] ?? 0) + 4);
    trainer.close();
    assert.deepEqual(count(), before);
  });
});
