import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openRowStream } from "../../../src/runner/runs/row-stream.js";
import type { FromWorker } from "../../../src/runner/workers/protocol.js";
import { createFakeTrainer } from "../../helpers/fake-trainer.js";
import { runOf } from "../../helpers/finished-runs.js";

const run = runOf({ steps: 23, monitor: ["cce"] });

test("A row stream trains no more chunks than are asked for, and ends after the last row", async () => {
  const sent: FromWorker[] = [];
  const stream = openRowStream((message) => sent.push(message));
  const trainer = createFakeTrainer(5);
  const done = stream.train(run, trainer);
  await sleep(20);
  assert.equal(sent.length, 0);
  stream.more();
  stream.more();
  await sleep(20);
  assert.equal(sent.length, 2);
  for (let asked = 0; asked < 4; asked++) {
    stream.more();
  }
  await done;
  assert.deepEqual(
    sent.map(({ type }) => type),
    ["rows", "rows", "rows", "rows", "rows", "rowsEnd"],
  );
  const rows = sent.flatMap((message) => (message.type === "rows" ? message.rows.trimEnd().split("\n") : []));
  assert.deepEqual(
    rows.map((row) => Number(row.split(",")[5])),
    Array.from({ length: 23 }, (_, step) => step),
  );
  assert.equal(trainer.open(), 0);
});

test("Chunks that are asked for before the run starts are sent", async () => {
  const sent: FromWorker[] = [];
  const stream = openRowStream((message) => sent.push(message));
  for (let asked = 0; asked < 6; asked++) {
    stream.more();
  }
  await stream.train(run, createFakeTrainer(5));
  assert.equal(sent.at(-1)?.type, "rowsEnd");
});
