import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csvLine, header } from "../../src/results/columns.js";
import { findOutputProblem, openRunOutput } from "../../src/results/run-output.js";
import { temporaryFolder } from "../helpers/configs.js";
import { rowsOf, runOf } from "../helpers/finished-runs.js";

const run = runOf({ steps: 3, monitor: "cce" });
const whole = csvLine(header(run)) + rowsOf(run);

test("a file gets its name when it is whole, and an older one stays until then", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "my run.csv");
  writeFileSync(file, "old");
  const output = await openRunOutput(file, run);
  await output.append(rowsOf(run));
  assert.equal(readFileSync(file, "utf8"), "old");
  await output.finish();
  assert.equal(readFileSync(file, "utf8"), whole);
  assert.deepEqual(readdirSync(folder), ["my run.csv"]);
});

test("an abandoned file leaves nothing", async () => {
  const folder = temporaryFolder();
  const output = await openRunOutput(join(folder, "run.csv"), run);
  await output.append(rowsOf(run));
  output.abandon();
  assert.deepEqual(readdirSync(folder), []);
});

test("a link that the user names is followed", async () => {
  const folder = temporaryFolder();
  const file = join(temporaryFolder(), "run.csv");
  writeFileSync(file, "");
  symlinkSync(file, join(folder, "link.csv"));
  const output = await openRunOutput(join(folder, "link.csv"), run);
  await output.append(rowsOf(run));
  await output.finish();
  assert.equal(readFileSync(file, "utf8"), whole);
});

test("what cannot be written is found before anything is trained, and nothing is made", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["-", undefined],
    [join(folder, "new.csv"), undefined],
    [join(folder, "file"), undefined],
    ["/dev/null", undefined],
    ["", "an empty name"],
    [folder, "a folder"],
    [join(folder, "none", "x.csv"), "a file in a folder that is not there"],
    [join(folder, "file", "x.csv"), "a file in something that is not a folder"],
  ];
  for (const [target, got] of cases) {
    assert.equal(findOutputProblem(target)?.got, got, target);
  }
  assert.deepEqual(readdirSync(folder), ["file"]);
});

test("a device is written as it is", { skip: !existsSync("/dev/null") }, async () => {
  const output = await openRunOutput("/dev/null", run);
  await output.append(rowsOf(run));
  await output.finish();
});
