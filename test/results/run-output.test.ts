import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csvLine, header } from "../../src/results/columns.js";
import { createRunOutput, findOutputProblem } from "../../src/results/run-output.js";
import { temporaryFolder } from "../helpers/configs.js";
import { rowsOf, runOf } from "../helpers/finished-runs.js";

const run = runOf({ steps: 3, monitor: "cce" });
const whole = csvLine(header(run)) + rowsOf(run);

test("A file gets its name when it is complete, and an older one stays until then", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "my run.csv");
  writeFileSync(file, "old");
  const output = await createRunOutput(file, run);
  await output.append(rowsOf(run));
  assert.equal(readFileSync(file, "utf8"), "old");
  await output.finish();
  assert.equal(readFileSync(file, "utf8"), whole);
  assert.deepEqual(readdirSync(folder), ["my run.csv"]);
});

test("An abandoned output leaves no file", async () => {
  const folder = temporaryFolder();
  const output = await createRunOutput(join(folder, "run.csv"), run);
  await output.append(rowsOf(run));
  output.abandon();
  assert.deepEqual(readdirSync(folder), []);
});

test("A link is neither followed nor replaced", async () => {
  const folder = temporaryFolder();
  const file = join(temporaryFolder(), "run.csv");
  const link = join(folder, "link.csv");
  writeFileSync(file, "precious");
  symlinkSync(file, link);
  assert.equal(findOutputProblem("--output", link)?.got, "a symbolic link");
  await assert.rejects(createRunOutput(link, run), /link\.csv: it is a symbolic link; only a plain file/);
  assert.equal(readFileSync(file, "utf8"), "precious");
  assert.deepEqual(readdirSync(folder), ["link.csv"]);
});

test("A named pipe is refused without waiting for its reader", async () => {
  const pipe = join(temporaryFolder(), "pipe");
  execFileSync("mkfifo", [pipe]);
  assert.equal(findOutputProblem("--output", pipe)?.got, "a named pipe");
  await assert.rejects(createRunOutput(pipe, run), /pipe: it is a named pipe/);
});

test("findOutputProblem names what cannot be written, and creates nothing", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["-", undefined],
    [join(folder, "new.csv"), undefined],
    [join(folder, "file"), undefined],
    ["/dev/null", undefined],
    ["", "an empty name"],
    [folder, "a folder"],
    [join(folder, "none", "x.csv"), "a file in a folder that does not exist"],
    [join(folder, "file", "x.csv"), "a file in something that is not a folder"],
  ];
  for (const [target, got] of cases) {
    assert.equal(findOutputProblem("--output", target)?.got, got, target);
  }
  assert.deepEqual(readdirSync(folder), ["file"]);
});

test("A device is written directly", { skip: !existsSync("/dev/null") }, async () => {
  const output = await createRunOutput("/dev/null", run);
  await output.append(rowsOf(run));
  await output.finish();
});
