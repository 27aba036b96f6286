import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { gridRuns } from "../../src/config/grid.js";
import { canonicalJson, sha256Hex } from "../../src/config/hash.js";
import {
  isRecordOf,
  type RunRecord,
  readRunRecord,
  removeRunRecord,
  writeRunRecord,
} from "../../src/results/run-record.js";
import { configOf, temporaryFolder, validConfigs } from "../helpers/configs.js";
import { recordOf, runOf } from "../helpers/finished-runs.js";

const csv = { file: "run-0.csv", rows: 3, bytes: 10, sha256: "0".repeat(64) };

function written(record: RunRecord): string {
  const folder = temporaryFolder();
  writeRunRecord(folder, record);
  assert.deepEqual(readdirSync(folder), [`run-${record.repetition}.json`]);
  return join(folder, `run-${record.repetition}.json`);
}

test("A record reads back as it was written, for any run", () => {
  fc.assert(
    fc.property(validConfigs, (raw) => {
      const run = gridRuns(configOf(raw)).at(-1) ?? assert.fail();
      const record = recordOf(run, csv);
      const read = readRunRecord(written(record));
      assert.deepEqual(read, { record });
      assert.ok(isRecordOf(record, run));
    }),
    { numRuns: 30 },
  );
});

test("NaN and infinities are strings in the file and numbers in memory", () => {
  const record = recordOf(runOf({ monitor: ["cce", "dice"] }), csv);
  const finalLosses = { cce: Number.NaN, dice: Number.NEGATIVE_INFINITY };
  const odd = { ...record, result: { ...record.result, finalLosses, firstNaN: 7 } };
  const file = written(odd);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")).result.finalLosses, {
    cce: "NaN",
    dice: "-Infinity",
  });
  assert.deepEqual(readRunRecord(file), { record: odd });
});

test("The repetition is stored as run, the name that it has in the CSV", () => {
  const file = written({ ...recordOf(runOf({}), csv), repetition: 2 });
  const stored = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(Object.keys(stored).slice(0, 4), ["version", "cell", "name", "run"]);
  assert.equal(stored.run, 2);
});

test("What is absent is null in the file and undefined in memory, also if its key is missing", () => {
  const record = recordOf(runOf({}), csv);
  const { commit: _, ...environment } = record.environment;
  const file = written({ ...record, environment: environment as RunRecord["environment"] });
  const stored = JSON.parse(readFileSync(file, "utf8"));
  assert.equal(stored.environment.commit, null);
  assert.equal(stored.result.firstNaN, null);
  assert.deepEqual(readRunRecord(file), { record });
});

test("A record of another parameter, repetition, seed or set of columns is of another run", () => {
  const record = recordOf(runOf({ steps: 3 }), csv);
  const others = [
    { steps: 4 },
    { steps: 3, seed: 2 },
    { steps: 3, monitor: "cce" },
    { steps: [3] },
    { steps: 3, perLayer: true },
    { steps: 3, tverskyBeta: 0.5 },
  ];
  for (const other of others) {
    assert.ok(!isRecordOf(record, runOf(other)), JSON.stringify(other));
  }
  assert.ok(!isRecordOf(record, { ...runOf({ steps: 3 }), repetition: 1 }));
  assert.ok(isRecordOf(record, runOf({ steps: 3 })));
});

test("A record of version 0.1, which had no tasks, is one of the study's task", () => {
  const run = runOf({ steps: 3 });
  const file = written(recordOf(run, csv));
  const { checksum: _, ...stored } = JSON.parse(readFileSync(file, "utf8"));
  for (const key of ["task", "radius"]) {
    delete stored.cell[key];
  }
  writeFileSync(file, JSON.stringify({ ...stored, checksum: sha256Hex(canonicalJson(stored)) }));
  const read = readRunRecord(file);
  assert.ok("record" in read, JSON.stringify(read));
  assert.ok(isRecordOf(read.record, run));
  assert.ok(!isRecordOf(read.record, runOf({ steps: 3, task: "smooth" })));
});

test("readRunRecord says what is wrong with a damaged record", () => {
  const file = written(recordOf(runOf({}), csv));
  const text = readFileSync(file, "utf8");
  const cases: readonly (readonly [string, string])[] = [
    [text.slice(0, -20), "is not JSON"],
    ["", "is not JSON"],
    ["[]", "is of version none, not 1"],
    ["null", "is of version none, not 1"],
    [text.replace('"version": 1', '"version": 2'), "is of version 2, not 1"],
    [text.replace('"optimizer": "adam"', '"optimizer": "eve"'), "is wrong or incomplete at cell.optimizer"],
    [text.replace('"bytes": 10', '"bytes": -1'), "is wrong or incomplete at csv.bytes"],
    [text.replace('"seconds"', '"second"'), "is wrong or incomplete at seconds"],
    [text.replace('"seconds": 1.5', '"seconds": 1.4'), "was changed: it does not match its checksum"],
    [
      text.replace('"finalAccuracy": 0.95', '"finalAccuracy": 1'),
      "was changed: it does not match its checksum",
    ],
    [text.replace(/,\s*"checksum": "\w*"/, ""), "was changed: it does not match its checksum"],
  ];
  for (const [damaged, problem] of cases) {
    writeFileSync(file, damaged);
    assert.deepEqual(readRunRecord(file), { problem }, damaged.slice(0, 50));
  }
});

test("A removed record is missing, and removing it again is no error", () => {
  const file = written(recordOf(runOf({}), csv));
  removeRunRecord(join(file, ".."), 0);
  removeRunRecord(join(file, ".."), 0);
  assert.deepEqual(readRunRecord(file), { isMissing: true });
});
