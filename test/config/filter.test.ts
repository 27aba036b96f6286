import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesFilter, parseRunFilter } from "../../src/config/filter.js";
import { gridRuns } from "../../src/config/grid.js";
import { runName } from "../../src/config/run-names.js";
import { configOf } from "../helpers/configs.js";

const config = configOf({
  optimizer: ["adam", "sgd"],
  batchNorm: [false, true],
  loss: ["cce", "dice"],
  learningRate: [0.1, 1],
  runs: 2,
});

function chosen(...texts: readonly string[]): readonly string[] {
  const only = parseRunFilter(texts, config);
  assert.ok("choice" in only, JSON.stringify(only));
  return gridRuns(config)
    .filter((run) => matchesFilter(run, only.choice))
    .map(runName);
}

function problem(text: string) {
  const only = parseRunFilter([text], config);
  assert.ok("problems" in only, "taken");
  return only.problems[0];
}

test("keys together narrow, one key several times widens", () => {
  assert.equal(chosen().length, 32);
  assert.equal(chosen("loss=dice").length, 16);
  assert.equal(chosen("loss=dice,loss=cce").length, 32);
  assert.equal(chosen("loss=dice", "optimizer=sgd,run=1").length, 4);
  assert.deepEqual(chosen("loss=dice,optimizer=sgd,run=1,batchNorm=true,learningRate=1.0"), [
    "sgd-bn-t0.5-dice-learning-rate1/run-1",
  ]);
});

test("a key goes by its name in config, flag or column", () => {
  const expected = chosen("learningRate=0.1");
  assert.deepEqual(chosen("learning-rate=0.1"), expected);
  assert.deepEqual(chosen("learning_rate=.1"), expected);
  assert.deepEqual(chosen("trained_loss=cce"), chosen("loss=cce"));
});

test("a key or value that the sweep has not is a mistake, with the nearest that it has", () => {
  assert.deepEqual(problem("los=cce")?.meant, "loss");
  const value = problem("loss=dise");
  assert.deepEqual(
    [value?.path, value?.got, value?.allowed, value?.meant],
    ["loss", '"dise"', "cce, dice, as in the sweep", "dice"],
  );
  assert.equal(problem("run=2")?.allowed, "0, 1, as in the sweep");
  assert.equal(problem("threshold=0.05")?.allowed, "0.5, as in the sweep");
  assert.equal(problem("loss")?.allowed, "KEY=VALUE, several parted by commas");
  assert.equal(problem("loss=cce,")?.got, '""');
  assert.equal(problem("__proto__=1")?.got, 'the key "__proto__"');
});
