import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  configRuns,
  parseConfig,
  type RunRow,
  readRunRows,
  readSweepResults,
  trainRun,
  trainSweep,
} from "../../src/api/index.js";
import { collect } from "../helpers/collect.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const config = parseConfig({
  loss: ["cce", "dice"],
  runs: 1,
  steps: 60,
  evaluateEvery: 20,
  validationImages: 4,
});

test("trainSweep trains what is not finished, reports each run, and its rows are those of trainRun", async () => {
  const out = join(createTemporaryFolder("api"), "sweep");
  const reported: string[] = [];
  const options = { out, device: "cpu", onRun: ({ name }: { name: string }) => reported.push(name) } as const;
  const half = await trainSweep(config, { ...options, only: "loss=dice", jobs: 1 });
  assert.deepEqual(
    half.runs.map(({ state }) => state),
    ["missing", "done"],
  );
  const whole = await trainSweep(config, options);
  assert.deepEqual(reported, ["adam-nobn-t0.5-dice/run-0", "adam-nobn-t0.5-cce/run-0"]);
  assert.deepEqual(readSweepResults(out, { verify: true }), whole);
  for (const result of whole.runs) {
    assert.equal(result.state === "done" && result.record.csv.rows, 60);
    const rows = await collect(trainRun(result.run, { device: "cpu" }));
    assert.deepEqual(rows, await collect(readRunRows(result.csv)));
  }
  assert.match(
    readFileSync(join(out, "adam-nobn-t0.5-cce/run-0.json"), "utf8"),
    /"command": "segloss sweep /,
  );
});

test("Leaving the loop over trainRun ends the run, and an aborted signal throws its reason", async () => {
  const [run = assert.fail()] = configRuns(parseConfig({ steps: 1_000_000 }));
  const seen: RunRow[] = [];
  for await (const row of trainRun(run, { device: "cpu" })) {
    seen.push(row);
    if (seen.length === 3) {
      break;
    }
  }
  assert.deepEqual(
    seen.map(({ step }) => step),
    [0, 1, 2],
  );
  const controller = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(async () => {
    for await (const _ of trainRun(run, { device: "cpu", signal: controller.signal })) {
      controller.abort(reason);
    }
  }, reason);
  await assert.rejects(collect(trainRun(run, { signal: controller.signal })), reason);
});

test("An aborted sweep throws the reason and is resumed by the same call", async () => {
  const out = join(createTemporaryFolder("api"), "sweep");
  const controller = new AbortController();
  const reason = new Error("later");
  const abort = () => controller.abort(reason);
  await assert.rejects(
    trainSweep(config, { out, jobs: 1, device: "cpu", signal: controller.signal, onRun: abort }),
    reason,
  );
  const { runs } = await trainSweep(config, { out, device: "cpu" });
  assert.deepEqual(
    runs.map(({ state }) => state),
    ["done", "done"],
  );
});
