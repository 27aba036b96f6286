import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { parse } from "npyjs";
import { removeWeights, writeWeights } from "../../src/results/weights-file.js";
import { temporaryFolder } from "../helpers/configs.js";

const arrays = [
  {
    name: "initial.conv1.weights",
    shape: [2, 1, 3],
    values: Float32Array.of(1, -2, 0.5, Number.NaN, 1e-40, 6),
  },
  { name: "initial.conv1.bias", shape: [1], values: Float32Array.of(Number.POSITIVE_INFINITY) },
];

test("Weights read back from their npz file with names, shapes and bits", () => {
  const file = join(temporaryFolder(), "run-0.npz");
  writeWeights(file, arrays);
  const entries = Object.entries(unzipSync(readFileSync(file)));
  const read = entries.map(([name, bytes]) => {
    const { data, shape, dtype, fortranOrder } = parse(Uint8Array.from(bytes).buffer);
    assert.deepEqual([dtype, fortranOrder], ["f4", false]);
    return { name: name.replace(/\.npy$/, ""), shape, values: data };
  });
  assert.deepEqual(read, arrays);
});

test("Equal weights have equal bytes in any time zone", () => {
  const folder = temporaryFolder();
  const zone = process.env.TZ;
  const files = ["Pacific/Auckland", "America/Los_Angeles"].map((name, index) => {
    process.env.TZ = name;
    const file = join(folder, `run-${index}.npz`);
    writeWeights(file, arrays);
    return readFileSync(file);
  });
  if (zone === undefined) {
    delete process.env.TZ;
  } else {
    process.env.TZ = zone;
  }
  assert.deepEqual(files[0], files[1]);
});

test("Removed weights are gone, and removing them again is no error", () => {
  const folder = temporaryFolder();
  const file = join(folder, "run-2.npz");
  writeWeights(file, arrays);
  removeWeights(folder, 2);
  removeWeights(folder, 2);
  assert.ok(!existsSync(file));
});
