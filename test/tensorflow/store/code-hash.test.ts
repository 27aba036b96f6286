import assert from "node:assert/strict";
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codeHash, hashOf } from "../../../src/tensorflow/store/code-hash.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const later = Date.now() + 1e9;

function codeFolder(): string {
  const folder = createTemporaryFolder("code");
  mkdirSync(join(folder, "network"));
  writeFileSync(join(folder, "step.ts"), "export const rate = 0.1;\n");
  writeFileSync(join(folder, "network/layer.ts"), "export const halo = 18;\n");
  return folder;
}

test("The hash of code depends on the names and contents of its files, and not on where they are", () => {
  const folder = codeFolder();
  const hashes = [hashOf(folder, later)];
  const change = (make: () => void): void => {
    make();
    hashes.push(hashOf(folder, later));
  };
  change(() => writeFileSync(join(folder, "step.ts"), "export const rate = 0.2;\n"));
  change(() => writeFileSync(join(folder, "network/layer.ts"), "export const halo = 19;\n"));
  change(() => renameSync(join(folder, "network/layer.ts"), join(folder, "network/head.ts")));
  change(() => writeFileSync(join(folder, "more.ts"), ""));
  change(() => rmSync(join(folder, "step.ts")));
  assert.equal(new Set(hashes).size, 6);
  assert.ok(!hashes.includes(undefined));
  const copy = createTemporaryFolder("code");
  cpSync(folder, copy, { recursive: true });
  assert.equal(hashOf(copy, later), hashes.at(-1));
});

test("The hash of code does not depend on files that are not run", () => {
  const folder = codeFolder();
  const before = hashOf(folder, later);
  writeFileSync(join(folder, "README.md"), "How a step is computed.\n");
  assert.equal(hashOf(folder, later), before);
});

test("Code has no hash if a file has changed since it was loaded, or if the folder cannot be read", () => {
  const folder = codeFolder();
  assert.equal(hashOf(folder, Date.now() - 60_000), undefined);
  assert.equal(hashOf(join(folder, "missing"), later), undefined);
});

test("The code of this process has a hash, which is the same at every call", () => {
  const folder = fileURLToPath(new URL("../../../src/tensorflow/", import.meta.url));
  const hash = codeHash(folder);
  assert.match(hash ?? "", /^[0-9a-f]{64}$/);
  assert.equal(codeHash(folder), hash);
});
