import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseSbatchArguments,
  parseTimeLimit,
  type SbatchArguments,
} from "../../src/cluster/sbatch-arguments.js";

function parsed(...words: readonly string[]): SbatchArguments {
  const found = parseSbatchArguments(words);
  assert.ok(!("problems" in found));
  return found;
}

function problemsOf(...words: readonly string[]): readonly string[] {
  const found = parseSbatchArguments(words);
  return "problems" in found ? found.problems.map(({ place, got }) => `${place}: ${got}`) : [];
}

test("A time limit is read as sbatch reads it", () => {
  const minutes: Readonly<Record<string, number | undefined>> = {
    "5": 5,
    "4:30": 4.5,
    "1:30:00": 90,
    "0:04:59": 4 + 59 / 60,
    "2-0": 2880,
    "1-12:30": 1440 + 750,
    "0-0:04:00": 4,
    "0": undefined,
    UNLIMITED: undefined,
    "": undefined,
  };
  for (const [text, expected] of Object.entries(minutes)) {
    assert.equal(parseTimeLimit(text), expected, text);
  }
});

test("A time limit under five minutes is refused in every form of the flag", () => {
  for (const words of [["--time=4"], ["--time", "4:59"], ["-t4"], ["-t", "0:04:00"], ["--time-min=1"]]) {
    assert.equal(problemsOf(...words).length, 1, words.join(" "));
  }
  for (const words of [
    ["--time=5"],
    ["-t", "1-0"],
    ["--time=UNLIMITED"],
    ["-t0"],
    ["--comment", "--times=1"],
  ]) {
    assert.deepEqual(problemsOf(...words), [], words.join(" "));
  }
});

test("Arguments that would undo what the script relies on are refused, all at once", () => {
  assert.deepEqual(
    problemsOf("--array=1-3", "-D", "/x", "--signal=TERM@9", "--wrap=ls", "-W", "--test-only"),
    [
      '--array of sbatch: got "--array=1-3"',
      '--chdir of sbatch: got "-D /x"',
      '--signal of sbatch: got "--signal=TERM@9"',
      '--wrap of sbatch: got "--wrap=ls"',
      '--wait of sbatch: got "-W"',
      '--test-only of sbatch: got "--test-only"',
    ].map((text) => text.replace("got ", "")),
  );
});

test("The job after the array gets the arguments that say who pays and where, and not those of the tasks' size", () => {
  const { forEnd } = parsed(
    "-A",
    "vision",
    "--partition=long",
    "--mem=8G",
    "-c",
    "4",
    "-t2:00:00",
    "--gres=gpu:1",
  );
  assert.deepEqual(forEnd, ["-A", "vision", "--partition=long", "-t2:00:00"]);
});

test("Cores and GPUs of a task are read from the arguments, the last of several", () => {
  assert.deepEqual([parsed().cores, parsed().hasGpu], [1, false]);
  assert.equal(parsed("-c2", "--cpus-per-task", "8").cores, 8);
  for (const words of [
    ["--gres=gpu:1"],
    ["--gres", "lustre,gpu:a100:2"],
    ["-G", "1"],
    ["--gpus-per-node=1"],
  ]) {
    assert.equal(parsed(...words).hasGpu, true, words.join(" "));
  }
  assert.equal(parsed("--gres=lustre:1").hasGpu, false);
});
