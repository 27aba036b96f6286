import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseMixedSource, sourceWarnings } from "../../src/analysis/source-code.js";
import { exitCode, SeglossError } from "../../src/errors.js";
import { createRunCsv } from "../../src/results/csv-writer.js";
import type { RunRecord } from "../../src/results/run-record.js";
import { recordOf, rowsOf, runOf } from "../helpers/finished-runs.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const run = runOf({ steps: 2 });
const writer = createRunCsv(createTemporaryFolder("source-code"), run);
writer.append(rowsOf(run));
const record = recordOf(run, writer.finish());

/** Returns a run that was made by a commit, with or without changes. */
function madeBy(commit: string | undefined, dirty = false): { readonly record: RunRecord } {
  return { record: { ...record, environment: { ...record.environment, commit, dirty } } };
}

test("runs of one commit, and runs without a record, raise no warning", () => {
  assert.deepEqual(sourceWarnings([madeBy("0123456789"), madeBy("0123456789"), { record: undefined }]), []);
});

test("runs of several commits are counted by commit", () => {
  assert.deepEqual(sourceWarnings([madeBy("0123456789"), madeBy("abcdef0123"), madeBy("abcdef0123")]), [
    "the runs were made by different source code: 1 by commit 0123456, 2 by commit abcdef0",
  ]);
});

test("an installed version without a commit is another source than a commit", () => {
  assert.match(sourceWarnings([madeBy(undefined), madeBy("abcdef0123")])[0] ?? "", /1 by version 0\.1\.0/);
});

test("uncommitted changes are warned of even within one commit", () => {
  assert.deepEqual(sourceWarnings([madeBy("0123456789", true), madeBy("0123456789")]), [
    "1 of 2 runs were made by source code with uncommitted changes",
  ]);
});

test("--strict refuses what is warned of, and nothing else", () => {
  assert.doesNotThrow(() => refuseMixedSource([]));
  assert.throws(
    () => refuseMixedSource(sourceWarnings([madeBy("0123456789", true)])),
    (error) =>
      error instanceof SeglossError &&
      error.exitCode === exitCode.usage &&
      /^--strict: 1 of 1/.test(error.message),
  );
});
