import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type LaneNumber,
  laneNumber,
  laneTensor,
  laneWidth,
  trainedLoss,
} from "../../../src/study/lanes/lane-parameters.js";
import { computedLosses, stepSignature } from "../../../src/study/lanes/step-signature.js";
import type { Cell } from "../../../src/study/run.js";
import { loadTensorFlow, scoped } from "../../../src/tensorflow/backend.js";
import { lanesOf } from "../../helpers/training.js";

await loadTensorFlow({ threads: 1 });

/** Reads one number of every lane as the step does. */
function read(variations: readonly Partial<Cell>[], name: LaneNumber): number[] {
  const runs = lanesOf({}, variations);
  const signature = stepSignature(runs[0] ?? assert.fail());
  return scoped(() => [...laneNumber(laneTensor(signature, runs), name).dataSync()]);
}

for (const name of [
  ...(["threshold", "learningRate", "momentum", "labelNoise", "lossEpsilon"] as const),
  ...(["focalGamma", "tverskyAlpha", "tverskyBeta", "foregroundWeight"] as const),
]) {
  test(`A lane has the ${name} of its run`, () => {
    assert.deepEqual(read([{ [name]: 0.25 }, { [name]: 0.5 }], name), [0.25, 0.5]);
  });
}

test("A lane's input scale and shift make x, 1 - x or x - 0.5 of an image", () => {
  const inputs = [{ input: "raw" }, { input: "inverted" }, { input: "centred" }] as const;
  assert.deepEqual(read(inputs, "inputScale"), [1, -1, 1]);
  assert.deepEqual(read(inputs, "inputShift"), [0, 1, -0.5]);
});

test('A lane weighs the foreground by t, the share of the background, with foregroundWeight "inverse"', () => {
  const weights = read([{ foregroundWeight: "inverse", threshold: 0.25 }], "foregroundWeight");
  assert.deepEqual(weights, [0.25]);
});

test("A lane selects its optimizer and, among the computed losses, its trained one", () => {
  assert.deepEqual(read([{ optimizer: "adam" }, { optimizer: "sgd" }], "adam"), [1, 0]);
  const runs = lanesOf({}, [{ loss: "dice" }, { loss: "tversky" }]);
  const signature = stepSignature(runs[0] ?? assert.fail());
  const trained = scoped(() => trainedLoss(signature, laneTensor(signature, runs)).arraySync() as number[][]);
  assert.deepEqual(
    trained.map((row) => computedLosses(signature)[row.indexOf(1)]),
    ["dice", "tversky"],
  );
  assert.deepEqual(
    trained.map((row) => row.reduce((sum, x) => sum + x, 0)),
    [1, 1],
  );
  assert.equal(
    scoped(() => laneTensor(signature, runs).shape[1]),
    laneWidth(signature),
  );
});
