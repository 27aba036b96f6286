import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type LossParameter, losses, lossNames, studyLosses } from "../../src/study/losses.js";
import { sumOverPositions } from "../../src/study/network/flat-layout.js";
import { loadTensorFlow, scoped, tf } from "../../src/tensorflow/index.js";
import { type KnownLoss, knownLosses, type LossSettings, lossValues } from "../helpers/reference-network.js";

await loadTensorFlow({ threads: 1 });

const base: LossSettings = {
  threshold: 0.5,
  lossEpsilon: 1e-7,
  foregroundWeight: 0.5,
  focalGamma: 2,
  tverskyAlpha: 0.3,
  tverskyBeta: 0.7,
};

/** Every loss of one lane, given the foreground's probability and label of every pixel. */
function valuesOf(
  probabilities: readonly number[],
  labels: readonly number[],
  given: Partial<LossSettings> = {},
): Record<KnownLoss, number> {
  const settings = { ...base, ...given };
  const parameter = (name: LossParameter) => tf.tensor2d([[Number(settings[name])]]);
  return scoped(() => {
    const channels = (foreground: readonly number[]) =>
      tf.stack([tf.sub(1, tf.tensor2d([[...foreground]])), tf.tensor2d([[...foreground]])], 1);
    const prediction = {
      p: channels(probabilities),
      y: channels(labels),
      pixels: labels.length,
      sum: sumOverPositions,
      parameter,
    };
    const entries = knownLosses.map((name) => [
      name,
      losses[name].value(prediction).dataSync()[0] ?? Number.NaN,
    ]);
    return Object.fromEntries(entries) as Record<KnownLoss, number>;
  });
}

function assertNear(got: number, wanted: number, what: string, tolerance = 1e-5): void {
  assert.ok(
    Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted)),
    `${what}: ${got}, not ${wanted}`,
  );
}

// Parts of 4096, so that 1 - p is exact in float32.
const pixel = fc.record({
  p: fc.integer({ min: 0, max: 4096 }).map((part) => part / 4096),
  y: fc.constantFrom(0, 1),
});
const pixels = fc.array(pixel, { minLength: 1, maxLength: 20 });
const runs = { numRuns: 40, seed: 1 };

/** Holds for every list of pixels. */
function always(property: (probabilities: number[], labels: number[]) => void): void {
  fc.assert(
    fc.property(pixels, (list) =>
      property(
        list.map(({ p }) => p),
        list.map(({ y }) => y),
      ),
    ),
    runs,
  );
}

const swapped = (values: readonly number[]): number[] => values.map((value) => 1 - value);

test("Every loss has the value that a hand computes for two pixels", () => {
  // Foreground with p = .75, background with p = .25 for the foreground: each is right with .75.
  const values = valuesOf([0.75, 0.25], [1, 0], { foregroundWeight: 0.9 });
  assertNear(values.cce, -Math.log(0.75), "cce");
  assertNear(values.dice, 1 - 1.5 / 2, "dice");
  assertNear(values.dicefg, 1 - 1.5 / 2, "dicefg");
  assertNear(values.dice_square, 1 - 1.5 / (1 + 0.5625 + 0.0625), "dice_square");
  assertNear(values.dicefg_square, 1 - 1.5 / (1 + 0.5625 + 0.0625), "dicefg_square");
  assertNear(values.wcce, (-Math.log(0.75) * (0.9 + 0.1)) / 2, "wcce");
  assertNear(values.focal, -Math.log(0.75) / 16, "focal");
  assertNear(values.tversky, 1 - 0.75 / (0.75 + 0.3 * 0.25 + 0.7 * 0.25), "tversky");
});

test("Every loss has the value that a hand computes where the classes differ", () => {
  // Two foreground pixels with p = .5 and 1, two background pixels with p = .5 and .25.
  const values = valuesOf([0.5, 1, 0.5, 0.25], [1, 1, 0, 0], { foregroundWeight: 0.25 });
  const [fg, bg] = [3 / (2 + 2.25), 2.5 / (2 + 1.75)];
  assertNear(values.cce, (Math.log(2) + 0 + Math.log(2) - Math.log(0.75)) / 4, "cce");
  assertNear(values.dicefg, 1 - fg, "dicefg");
  assertNear(values.dice, 1 - (fg + bg) / 2, "dice");
  const squares = [3 / (2 + 1.5625), 2.5 / (2 + 0.25 + 0.25 + 0.5625)] as const;
  assertNear(values.dicefg_square, 1 - squares[0], "dicefg_square");
  assertNear(values.dice_square, 1 - (squares[0] + squares[1]) / 2, "dice_square");
  assertNear(values.wcce, (0.25 * Math.log(2) + 0.75 * (Math.log(2) - Math.log(0.75))) / 4, "wcce");
  assertNear(values.focal, (Math.log(2) / 2 - Math.log(0.75) / 16) / 4, "focal");
  assertNear(values.tversky, 1 - 1.5 / (1.5 + 0.3 * 0.75 + 0.7 * 0.5), "tversky");
});

test("Every loss agrees with its definition in float64, for any pixels and parameters", () => {
  const settings = fc.record({
    lossEpsilon: fc.constantFrom(1e-7, 1e-3, 0.1),
    foregroundWeight: fc.constantFrom(0.05, 0.5, 0.95),
    focalGamma: fc.constantFrom(0, 0.5, 1, 2, 5),
    tverskyAlpha: fc.constantFrom(0, 0.3, 1),
    tverskyBeta: fc.constantFrom(0, 0.7, 1),
  });
  fc.assert(
    fc.property(pixels, settings, (list, given) => {
      const [p, y] = [list.map((item) => item.p), list.map((item) => item.y)];
      const wanted = lossValues(p, y, { ...base, ...given });
      for (const [name, value] of Object.entries(valuesOf(p, y, given))) {
        assertNear(value, wanted[name as KnownLoss], name);
      }
    }),
    runs,
  );
});

test("Every loss is 0, but for eps, where every pixel is right", () => {
  always((_, labels) => {
    for (const [name, value] of Object.entries(valuesOf(labels, labels))) {
      assert.ok(Math.abs(value) < 3e-7, `${name}: ${value}`);
    }
  });
});

test("The Dice losses and Tversky stay within 0 and 1, the entropies within 0 and -log eps", () => {
  always((p, y) => {
    const most = -Math.log(base.lossEpsilon) + 0.01;
    for (const [name, value] of Object.entries(valuesOf(p, y))) {
      const bounded = /dice|tversky/.test(name);
      assert.ok(value > -3e-7 && value <= (bounded ? 1 + 3e-7 : most), `${name}: ${value}`);
    }
  });
});

test("Every loss reaches its maximum where every pixel is wrong", () => {
  const values = valuesOf([0, 1, 1], [1, 0, 0]);
  for (const name of ["dice", "dice_square", "dicefg", "dicefg_square", "tversky"] as const) {
    assertNear(values[name], 1, name, 1e-6);
  }
  assertNear(values.cce, -Math.log(1e-7), "cce", 0.01);
});

test("Swapping the classes changes neither cce, dice, dice_square, focal nor evenly weighted wcce", () => {
  always((p, y) => {
    const [before, after] = [valuesOf(p, y), valuesOf(swapped(p), swapped(y))];
    for (const name of ["cce", "dice", "dice_square", "focal", "wcce"] as const) {
      assertNear(after[name], before[name], name);
    }
  });
});

test("Swapping the classes and their weights does not change wcce", () => {
  always((p, y) => {
    const before = valuesOf(p, y, { foregroundWeight: 0.9 }).wcce;
    const after = valuesOf(swapped(p), swapped(y), { foregroundWeight: 0.1 }).wcce;
    assertNear(after, before, "wcce");
  });
});

test("Swapping the classes changes dicefg, which depends on the foreground alone", () => {
  const before = valuesOf([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0]).dicefg;
  const after = valuesOf([0.1, 0.1, 0.1, 0.1], [0, 0, 0, 1]).dicefg;
  assert.ok(Math.abs(before - after) > 0.3, `${before} and ${after}`);
});

test("focal with gamma 0 equals cce", () => {
  always((p, y) => {
    const values = valuesOf(p, y, { focalGamma: 0 });
    assertNear(values.focal, values.cce, "focal", 1e-6);
  });
});

test("wcce with weight .5 equals half of cce", () => {
  always((p, y) => {
    const values = valuesOf(p, y, { foregroundWeight: 0.5 });
    assertNear(values.wcce, values.cce / 2, "wcce", 1e-6);
  });
});

test("tversky with weights .5 and .5 equals dicefg with twice its eps", () => {
  always((p, y) => {
    const tversky = valuesOf(p, y, { tverskyAlpha: 0.5, tverskyBeta: 0.5, lossEpsilon: 0.05 }).tversky;
    const { dicefg } = valuesOf(p, y, { lossEpsilon: 0.1 });
    assertNear(tversky, dicefg, "tversky");
  });
});

test("The squared Dice losses equal the plain ones where every probability is 0 or 1", () => {
  always((p, y) => {
    const values = valuesOf(p.map(Math.round), y);
    assertNear(values.dice_square, values.dice, "dice_square", 1e-6);
    assertNear(values.dicefg_square, values.dicefg, "dicefg_square", 1e-6);
  });
});

test("focal decreases with gamma where the pixels are right", () => {
  const at = (focalGamma: number): number => valuesOf([0.9, 0.2], [1, 0], { focalGamma }).focal;
  const values = [0, 1, 2, 5].map(at);
  assert.deepEqual(
    values,
    [...values].sort((a, b) => b - a),
  );
  assert.equal(new Set(values).size, 4);
});

test("The foreground Dice of an image without foreground is finite and at most 1", () => {
  const values = valuesOf([0.5, 0.25], [0, 0]);
  assertNear(values.dicefg, 1, "dicefg", 1e-6);
  assert.equal(valuesOf([0, 0], [0, 0]).dicefg, 0);
});

test("The table of losses begins with the five of the study, in the order of the columns", () => {
  assert.deepEqual(studyLosses, ["cce", "dice", "dice_square", "dicefg", "dicefg_square"]);
  assert.deepEqual(lossNames.slice(5, 8), ["wcce", "focal", "tversky"]);
});

test("The gradient of cce is 0 where the probability is clipped", () => {
  const slope = scoped(() => {
    const y = tf.tensor3d([
      [
        [0, 0],
        [1, 1],
      ],
    ]);
    const rest = {
      y,
      pixels: 2,
      sum: sumOverPositions,
      parameter: () => tf.tensor2d([[0.01]]),
    };
    const gradient = tf.grad((p) => tf.sum(losses.cce.value({ ...rest, p })));
    return [
      ...gradient(
        tf.tensor3d([
          [
            [0.999, 0.5],
            [0.001, 0.5],
          ],
        ]),
      ).dataSync(),
    ];
  });
  assert.deepEqual(
    slope.map((value) => value + 0),
    [0, 0, 0, -1],
  );
});
