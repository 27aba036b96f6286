import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCode, SeglossError } from "../../src/errors.js";
import { refuseMixedSource, type SourceCode, sourceWarnings } from "../../src/results/provenance.js";

const madeBy = (commit: string | undefined, dirty = false): SourceCode => ({
  segloss: "0.1.0",
  commit,
  dirty,
});

test("Runs of one commit, and runs of unknown source code, raise no warning", () => {
  assert.deepEqual(sourceWarnings([madeBy("0123456789"), madeBy("0123456789"), undefined]), []);
});

test("Runs of several commits are counted by commit", () => {
  assert.deepEqual(sourceWarnings([madeBy("0123456789"), madeBy("abcdef0123"), madeBy("abcdef0123")]), [
    "the runs are made by different source code: 1 by commit 0123456, 2 by commit abcdef0",
  ]);
});

test("An installed version without a commit is another source than a commit", () => {
  assert.match(sourceWarnings([madeBy(undefined), madeBy("abcdef0123")])[0] ?? "", /1 by version 0\.1\.0/);
});

test("Uncommitted changes are warned of even within one commit", () => {
  assert.deepEqual(sourceWarnings([madeBy("0123456789", true), madeBy("0123456789")]), [
    "1 of 2 runs are made by source code with uncommitted changes",
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
