import assert from "node:assert/strict";
import { test } from "node:test";
import { filterSpace, filterValue, matchesFilter, parseRunFilter } from "../../src/config/filter.js";
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

/** The names of the runs that the texts leave. */
function filtered(...texts: readonly string[]): readonly string[] {
  const only = parseRunFilter(texts, filterSpace(config));
  assert.ok("filter" in only, JSON.stringify(only));
  return gridRuns(config)
    .filter((run) => matchesFilter(only.filter, (key) => filterValue(run, key)))
    .map(runName);
}

function problem(text: string) {
  const only = parseRunFilter([text], filterSpace(config));
  assert.ok("problems" in only, "accepted");
  return only.problems[0];
}

test("Conditions on several keys narrow, several values of one key widen", () => {
  assert.equal(filtered().length, 32);
  assert.equal(filtered("loss=dice").length, 16);
  assert.equal(filtered("loss=dice,loss=cce").length, 32);
  assert.equal(filtered("loss=dice", "optimizer=sgd,run=1").length, 4);
  assert.deepEqual(filtered("loss=dice,optimizer=sgd,run=1,batchNorm=true,learningRate=1.0"), [
    "sgd-bn-t0.5-dice-learning-rate1/run-1",
  ]);
});

test("!=, <, <=, > and >= narrow, each of them", () => {
  assert.deepEqual(filtered("loss!=cce"), filtered("loss=dice"));
  assert.deepEqual(filtered("loss!=cce,loss!=dice"), []);
  assert.deepEqual(filtered("learningRate<1"), filtered("learningRate=0.1"));
  assert.deepEqual(filtered("learningRate>0.1"), filtered("learningRate=1"));
  assert.deepEqual(filtered("learningRate>=1"), filtered("learningRate=1"));
  assert.deepEqual(filtered("learningRate<=1"), filtered());
  assert.deepEqual(filtered("run>=0,run<1"), filtered("run=0"));
  assert.deepEqual(filtered("optimizer<1"), []);
});

test("A key has the same names as in a config, as a flag and as a column", () => {
  const expected = filtered("learningRate=0.1");
  assert.deepEqual(filtered("learning-rate=0.1"), expected);
  assert.deepEqual(filtered(" learning_rate = .1 "), expected);
  assert.deepEqual(filtered("trained_loss=cce"), filtered("loss=cce"));
});

test("A key or value that the sweep does not have is a mistake, with the nearest that it has", () => {
  assert.equal(problem("los=cce")?.meant, "loss");
  const value = problem("loss=dise");
  assert.deepEqual(
    [value?.path, value?.got, value?.allowed, value?.meant],
    ["loss", '"dise"', "cce, dice, as in the sweep", "dice"],
  );
  assert.equal(problem("loss!=dise")?.meant, "dice");
  assert.equal(problem("run=2")?.allowed, "0, 1, as in the sweep");
  assert.equal(problem("threshold=0.05")?.allowed, "0.5, as in the sweep");
  assert.equal(problem("threshold<low")?.allowed, "a number");
  assert.match(problem("loss")?.allowed ?? "", /^KEY=VALUE, or with one of != <= >= = < >; /);
  assert.equal(problem("loss=cce,")?.got, '""');
  assert.equal(problem("__proto__=1")?.got, 'the key "__proto__"');
});

test("Without a sound config the keys are checked and any value is accepted", () => {
  const { keys, place } = filterSpace(undefined);
  assert.ok("filter" in parseRunFilter(["threshold=0.05,loss=dise"], { keys, place }));
  assert.ok("problems" in parseRunFilter(["los=dice"], { keys, place }));
  assert.ok("problems" in parseRunFilter(["loss="], { keys, place }));
});
