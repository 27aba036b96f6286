import assert from "node:assert/strict";
import { test } from "node:test";
import {
  describeEnvironment,
  findMixes,
  type RunEnvironment,
} from "../../../src/results/status/environment-mix.js";
import { usualEnvironment } from "../../helpers/finished-runs.js";

const usual: RunEnvironment = { ...usualEnvironment, commit: "0123456789", dirty: false };
const flags = { architecture: "x64", model: "EPYC", features: "fedcba9876543210" };

test("Runs of one environment, and records that do not name the processor, are no mix", () => {
  const made = [usual, usual, { ...usual, processor: undefined, threads: 2 }];
  assert.deepEqual(findMixes(made.map((environment, run) => ({ name: `run-${run}`, environment }))), []);
});

test("Every property in which runs differ is named with the runs of each value, the most frequent first", () => {
  const rows: readonly (readonly [change: Partial<RunEnvironment>, property: string, other: string])[] = [
    [{ processor: flags }, "processor", "EPYC (x64, features fedcba98)"],
    [{ device: "NVIDIA H100" }, "device", "NVIDIA H100"],
    [{ xla: false }, "compiler XLA", "off"],
    [{ commit: "abcdef01234" }, "source code", "0.1.0 at commit abcdef0"],
    [{ dirty: true }, "source code", "0.1.0 at commit 0123456 with uncommitted changes"],
    [{ segloss: "0.2.0", commit: undefined }, "source code", "0.2.0"],
    [{ tensorflow: "2.20.0" }, "TensorFlow", "2.20.0"],
    [{ tfjs: "4.21.0" }, "tfjs", "4.21.0"],
    [{ node: "v22" }, "Node", "v22"],
  ];
  for (const [change, property, other] of rows) {
    const runs = [{ ...usual, ...change }, usual, usual];
    const [mix, ...further] = findMixes(
      runs.map((environment, run) => ({ name: `run-${run}`, environment })),
    );
    assert.equal(mix?.property, property);
    assert.deepEqual(
      mix?.values.map((value) => value.runs),
      [["run-1", "run-2"], ["run-0"]],
      property,
    );
    assert.equal(mix?.values[1]?.value, other);
    assert.deepEqual(further, [], property);
  }
});

test("An environment is described by the properties that its record has", () => {
  assert.deepEqual(
    describeEnvironment({ ...usual, processor: undefined, commit: undefined, dirty: undefined }),
    ["device cpu", "compiler XLA on", "source code 0.1.0", "TensorFlow 2.21.0", "tfjs 4.22.0", "Node v20"],
  );
});
