import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type LaneNumber,
  laneNumber,
  laneTensor,
  laneWidth,
  trainedLoss,
} from "../../../src/study/lanes/lane-parameters.js";
import { computedLosses, signatureKey, stepSignature } from "../../../src/study/lanes/step-signature.js";
import type { Cell } from "../../../src/study/run.js";
import { loadTensorFlow, scoped } from "../../../src/tensorflow/backend.js";
import { cellOf, lanesOf, runOf } from "../../helpers/training.js";

await loadTensorFlow({ threads: 1 });

/** One number of every lane, as the step finds it. */
function read(variations: readonly Partial<Cell>[], name: LaneNumber): number[] {
  const runs = lanesOf({}, variations);
  const program = stepSignature(runs[0] ?? assert.fail());
  return scoped(() => [...laneNumber(laneTensor(program, runs), name).dataSync()]);
}

describe("A lane's numbers", () => {
  for (const name of [
    ...(["threshold", "learningRate", "momentum", "labelNoise", "lossEpsilon"] as const),
    ...(["focalGamma", "tverskyAlpha", "tverskyBeta", "foregroundWeight"] as const),
  ]) {
    it(`have its ${name}`, () => {
      assert.deepEqual(read([{ [name]: 0.25 }, { [name]: 0.5 }], name), [0.25, 0.5]);
    });
  }

  it("say what the network sees: x, 1 - x or x - 0.5", () => {
    const inputs = [{ input: "raw" }, { input: "inverted" }, { input: "centred" }] as const;
    assert.deepEqual(read(inputs, "inputScale"), [1, -1, 1]);
    assert.deepEqual(read(inputs, "inputShift"), [0, 1, -0.5]);
  });

  it("weigh the classes inversely to their shares: the foreground, of share 1 - t, by t", () => {
    const weights = read([{ foregroundWeight: "inverse", threshold: 0.25 }], "foregroundWeight");
    assert.deepEqual(weights, [0.25]);
  });

  it("say which optimizer is meant, and which of the computed losses is trained", () => {
    assert.deepEqual(read([{ optimizer: "adam" }, { optimizer: "sgd" }], "adam"), [1, 0]);
    const runs = lanesOf({}, [{ loss: "dice" }, { loss: "tversky" }]);
    const program = stepSignature(runs[0] ?? assert.fail());
    const trained = scoped(() => trainedLoss(laneTensor(program, runs)).arraySync() as number[][]);
    assert.deepEqual(
      trained.map((row) => computedLosses(program)[row.indexOf(1)]),
      ["dice", "tversky"],
    );
    assert.deepEqual(
      trained.map((row) => row.reduce((sum, x) => sum + x, 0)),
      [1, 1],
    );
    assert.equal(
      scoped(() => laneTensor(program, runs).shape[1]),
      laneWidth(program),
    );
  });
});

describe("A program", () => {
  it("is one for runs that differ in numbers only", () => {
    const common: readonly Partial<Cell>[] = [
      { optimizer: "sgd", momentum: 0.9, learningRate: 1 },
      { threshold: 0.05, loss: "dicefg", input: "centred" },
      { lossEpsilon: 0.1, foregroundWeight: 0.3, focalGamma: 1, tverskyAlpha: 1, tverskyBeta: 1 },
    ];
    assert.equal(new Set([{}, ...common].map((given) => signatureKey(runOf(given)))).size, 1);
    assert.equal(signatureKey(runOf({}, { repetition: 7, seed: 3 })), signatureKey(runOf()));
  });

  it("is another one wherever shapes or operations differ", () => {
    const others: readonly Partial<Cell>[] = [
      { batchNorm: true },
      { batchSize: 3 },
      { imageSize: 16 },
      { filters: 5 },
      { convLayers: 3 },
      { labelNoise: 0.1 },
      { loss: "focal" },
      { steps: 7 },
      { evaluateEvery: 9 },
      { validationImages: 11 },
      { evaluateWith: "batch" },
    ];
    const keys = [{}, ...others].map((given) => signatureKey(runOf(given)));
    assert.equal(new Set(keys).size, others.length + 1);
    assert.notEqual(signatureKey(runOf({}, { perLayer: true })), signatureKey(runOf()));
    assert.notEqual(signatureKey(runOf({}, { monitor: ["cce"] })), signatureKey(runOf()));
  });

  it("computes the recorded losses in table order, then one that is only trained", () => {
    const program = stepSignature({
      cell: cellOf({ loss: "focal" }),
      monitor: ["dicefg", "cce"],
      perLayer: false,
    });
    assert.deepEqual(program.monitor, ["cce", "dicefg"]);
    assert.deepEqual(computedLosses(program), ["cce", "dicefg", "focal"]);
  });
});
