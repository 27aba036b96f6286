import assert from "node:assert/strict";
import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { firstDifference, rerun } from "../../src/commands/rerun.js";
import { SeglossError } from "../../src/errors.js";
import { header } from "../../src/results/columns.js";
import { cellFolder } from "../../src/results/paths.js";
import type { RunOne, RunOptions } from "../../src/runner/types.js";
import { captureText } from "../helpers/captured-text.js";
import { temporaryFolder } from "../helpers/configs.js";
import { finishRun, rowsOf, runOf } from "../helpers/finished-runs.js";

const run = runOf({ steps: 3, seed: 4 });

/** A runner that writes the rows of an imaginary training, changed as asked. */
function fakeRunner(change: (csv: string) => string = (csv) => csv) {
  const asked: RunOptions[] = [];
  const runOne: RunOne = async (options) => {
    asked.push(options);
    writeFileSync(options.output, change(`${header(options.run).join(",")}\n${rowsOf(options.run)}`));
    return undefined;
  };
  return { asked, runOne };
}

async function rerunOf(path: string, runOne: RunOne) {
  const stdout = captureText(process.stdout);
  try {
    const code = await rerun(path, { progress: false }, runOne);
    return { code, printed: stdout.text() };
  } finally {
    stdout.restore();
  }
}

function finished(): string {
  const folder = temporaryFolder();
  finishRun(folder, run);
  return join(cellFolder(folder, run), "run-0");
}

test("A run is trained again on its device with its compiler, and the same bytes end with 0", async () => {
  const path = finished();
  const runner = fakeRunner();
  for (const ending of ["", ".csv", ".json"]) {
    const { code, printed } = await rerunOf(`${path}${ending}`, runner.runOne);
    assert.deepEqual([code, printed], [0, `${path}.csv: the same bytes again\n`]);
  }
  const [options] = runner.asked;
  assert.deepEqual([options?.device, options?.xla, options?.run.seed], ["cpu", "on", 4]);
  assert.deepEqual(readdirSync(dirname(path)).sort(), ["run-0.csv", "run-0.json"]);
});

test("Other bytes end with 1, with the first difference and what changed in the program", async () => {
  const path = finished();
  const { code, printed } = await rerunOf(
    path,
    fakeRunner((csv) => csv.replace(/0\.84147/, "0.84148")).runOne,
  );
  assert.equal(code, 1);
  assert.match(
    printed,
    /run-0\.csv: differs from line \d on: \w+ is 0\.84147\d*, in the new one 0\.84148\d*\n/,
  );
  assert.match(printed, /\n {2}node: then v20, now v/);
});

test("A run that is not finished, or damaged, is refused", async () => {
  const path = finished();
  const refused = (file: string, message: RegExp) =>
    assert.rejects(
      () => rerunOf(file, async () => assert.fail("trained")),
      (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
    );
  await refused(path.replace("run-0", "run-1"), /run-1\.json does not exist; expected the record/);
  appendFileSync(`${path}.csv`, "x");
  await refused(path, /run-0\.csv has \d+ bytes, not the \d+ of its record/);
});

test("The first difference of two CSVs is named by line and column, or by their lengths", () => {
  assert.equal(firstDifference("a,b\n1,2\n", "a,b\n1,2\n"), undefined);
  assert.equal(
    firstDifference("a,b\n1,2\n", "a,b\n1,3\n"),
    "differs from line 2 on: b is 2, in the new one 3",
  );
  assert.equal(firstDifference("a\n1\n2\n", "a\n1\n"), "it has 3 lines, the new one 2");
  assert.equal(firstDifference("a\n1\n", "a\n1\n2\n"), "it has 2 lines, the new one 3");
});
