import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../src/analysis/run-summary.js";
import { originOf } from "../../src/report/origin.js";
import { recordOf, runOf } from "../helpers/finished-runs.js";
import { createRunSummary } from "../helpers/run-summaries.js";

const csv = { file: "run-0.csv", rows: 3, bytes: 100, sha256: "0".repeat(64) };
const recorded = (config: object, changes: object = {}) => ({
  ...createRunSummary({ steps: 10 }),
  record: { ...recordOf(runOf(config), csv), ...changes },
});
const factsOf = (runs: readonly RunSummary[], only: readonly string[] = []) =>
  new Map(originOf({ runs, only }).facts.map(({ name, text }) => [name, text]));

test("OriginOf returns when, how and by which program the runs were made", () => {
  const facts = factsOf([recorded({}), recorded({}, { started: "2020-01-02T03:04:05.000Z", seconds: 200 })]);
  assert.equal(facts.get("Trained"), "2020-01-01 00:00 to 2020-01-02 03:04 UTC, 3 min of training");
  assert.equal(facts.get("Command"), "segloss sweep x.json");
  assert.equal(facts.get("Seed"), "1");
  assert.equal(facts.get("Device"), "cpu, EPYC, 1 thread, XLA on");
  assert.equal(facts.get("Versions"), "segloss 0.1.0, Node 20, tfjs 4.22.0, TensorFlow 2.21.0");
  assert.match(facts.get("Config") ?? "", /^sha256 [0-9a-f]{16}$/);
});

test("OriginOf names every value of what differs among the runs", () => {
  const runs = [recorded({ seed: 1, threshold: 0.5 }), recorded({ seed: 2, threshold: 0.05 })];
  assert.equal(factsOf(runs).get("Seed"), "1; 2");
  const { config } = originOf({ runs, only: [] });
  assert.deepEqual(config?.threshold, [0.5, 0.05]);
  assert.deepEqual(config?.steps, 10001);
});

test("OriginOf says that the origin of CSVs without records is not known", () => {
  assert.deepEqual(
    factsOf([createRunSummary({ steps: 10 })]),
    new Map([["Origin", "not known: the CSVs have no records"]]),
  );
  assert.equal(
    factsOf([createRunSummary({ steps: 10 }), recorded({})]).get("Not known"),
    "the origin of 1 run",
  );
});

test("OriginOf begins with the filter that selected the runs", () => {
  const facts = factsOf([recorded({})], ["loss=cce", "run<2"]);
  assert.deepEqual([...facts][0], ["Only", "loss=cce,run<2"]);
});
