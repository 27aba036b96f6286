import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { SeglossError } from "../../../src/errors.js";
import { type EngineOptions, openEngine } from "../../../src/runner/workers/engine.js";
import { relativeError, runOf } from "../../helpers/training.js";

const plain: EngineOptions = { device: "cpu", xla: "auto", verbose: false, lanes: "auto" };

afterEach(() => {
  delete process.env.SEGLOSS_TEST_WIDTH;
});

test("On the CPU every run has a compiled step of its own, compiled by XLA", async () => {
  const { device, deviceName, usesLanes, xla, identity, notes } = await openEngine(plain);
  assert.deepEqual([device, deviceName, usesLanes, xla, notes], ["cpu", "cpu", false, true, []]);
  assert.match(identity, /^tensorflow 2\.\d+\.\d+ cpu$/);
});

test("Without XLA the numbers are the same up to rounding, and a checkpoint is not shared", async () => {
  const engines = [await openEngine({ ...plain, xla: "on" }), await openEngine({ ...plain, xla: "off" })];
  const [on, off] = engines.map(({ trainer }) => {
    const progress = trainer.train([runOf({ imageSize: 8, batchNorm: true, steps: 20, evaluateEvery: 250 })]);
    const chunks = [...(progress.next() ?? []), ...(progress.next() ?? [])];
    progress.close();
    trainer.close();
    return chunks.flatMap(({ values }) => [...values]);
  });
  assert.equal(on?.length, 200);
  const error = relativeError(on ?? [], off ?? []);
  assert.ok(error > 0 && error < 1e-3, `${error} apart`);
  assert.match(engines[1]?.identity ?? "", / cpu without xla$/);
});

test("A run in lanes of one compiled step does not resume one that had its own step", async () => {
  process.env.SEGLOSS_TEST_WIDTH = "3";
  const { usesLanes, identity } = await openEngine(plain);
  assert.equal(usesLanes, true);
  assert.match(identity, / in lanes$/);
});

test("Opening an engine on a GPU that cannot be used throws with exit code 3, the flag and the reason", async () => {
  for (const [gpu, message] of [
    [undefined, /^--device gpu: ./],
    ["7", /^--gpu 7: ./],
  ] as const) {
    // The tests above have set CUDA_VISIBLE_DEVICES, which hides a GPU that may be here.
    await assert.rejects(openEngine({ ...plain, device: "gpu", gpu }), (error) => {
      assert.ok(error instanceof SeglossError);
      assert.equal(error.exitCode, 3);
      assert.match(error.message, message);
      return true;
    });
  }
});
