import assert from "node:assert/strict";
import { test } from "node:test";
import { computedLosses, signatureKey, stepSignature } from "../../../src/study/lanes/step-signature.js";
import type { Cell } from "../../../src/study/run.js";
import { cellOf, runOf } from "../../helpers/training.js";

test("Runs that differ only in a lane's numbers have the same signature key", () => {
  const common: readonly Partial<Cell>[] = [
    { optimizer: "sgd", momentum: 0.9, learningRate: 1 },
    { threshold: 0.05, loss: "dicefg", input: "centred", inputShift: 0.1, biasInit: "threshold" },
    { lossEpsilon: 0.1, foregroundWeight: 0.3, focalGamma: 1, tverskyAlpha: 1, tverskyBeta: 1 },
  ];
  assert.equal(new Set([{}, ...common].map((given) => signatureKey(runOf(given)))).size, 1);
  assert.equal(signatureKey(runOf({}, { repetition: 7, seed: 3 })), signatureKey(runOf()));
});

test("Runs whose shapes or operations differ have different signature keys", () => {
  const others: readonly Partial<Cell>[] = [
    { batchNorm: true },
    { batchSize: 3 },
    { imageSize: 16 },
    { filters: 5 },
    { convLayers: 3 },
    { labelNoise: 0.1 },
    { frozenLayer: 1 },
    { loss: "focal" },
    { steps: 7 },
    { evaluateEvery: 9 },
    { validationImages: 11 },
    { evaluateWith: "batch" },
  ];
  const keys = [{}, ...others].map((given) => signatureKey(runOf(given)));
  assert.equal(new Set(keys).size, others.length + 1);
  assert.notEqual(signatureKey(runOf({}, { perLayer: true })), signatureKey(runOf()));
  assert.notEqual(signatureKey(runOf({}, { metrics: ["iou"] })), signatureKey(runOf()));
  assert.equal(signatureKey(runOf({ frozenLayer: 4 })), signatureKey(runOf()));
  assert.notEqual(signatureKey(runOf({}, { monitor: ["cce"] })), signatureKey(runOf()));
});

test("A step computes the recorded losses in table order, then one that is only trained", () => {
  const signature = stepSignature({
    cell: cellOf({ loss: "focal" }),
    monitor: ["dicefg", "cce"],
    perLayer: false,
  });
  assert.deepEqual(signature.monitor, ["cce", "dicefg"]);
  assert.deepEqual(computedLosses(signature), ["cce", "dicefg", "focal"]);
});
