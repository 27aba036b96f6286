import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { requireWithCodeCache } from "../../../src/tensorflow/native/code-cache.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const { cache: modules } = createRequire(import.meta.url);
let folder: string;
let file: string;

beforeEach(() => {
  folder = createTemporaryFolder("code");
  file = join(createTemporaryFolder("module"), "module.js");
});

/** Requires the module as a new process would. */
function requireAgain(from = folder): unknown {
  delete modules[file];
  return requireWithCodeCache(file, from);
}

function storedFiles(): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

test("a module is run as CommonJS, once, and its code is stored", () => {
  writeFileSync(
    file,
    `exports.names = [__filename, __dirname, module.id, typeof require("node:fs").readFileSync]; // a comment`,
  );
  const loaded = requireWithCodeCache(file, folder);
  assert.deepEqual(loaded, { names: [file, join(file, ".."), file, "function"] });
  assert.equal(requireWithCodeCache(file, folder), loaded);
  assert.equal(storedFiles().length, 1);
});

test("stored code is used by the next process, and not that of another source of the same length", () => {
  writeFileSync(file, "module.exports = () => 1;");
  requireAgain();
  const before = storedFiles();
  assert.equal((requireAgain() as () => number)(), 1);
  assert.deepEqual(storedFiles(), before);
  writeFileSync(file, "module.exports = () => 2;");
  assert.equal((requireAgain() as () => number)(), 2);
  assert.equal(storedFiles().length, 2);
});

test("damaged code is not run, and replaced", () => {
  writeFileSync(file, "module.exports = () => 1;");
  requireAgain();
  const [path = ""] = storedFiles();
  const whole = readFileSync(path);
  for (const damaged of [whole.subarray(0, 100), Buffer.alloc(whole.length), Buffer.alloc(0)]) {
    writeFileSync(path, damaged);
    assert.equal((requireAgain() as () => number)(), 1);
    assert.notDeepEqual(readFileSync(path), damaged);
  }
});

test("a module loads although its code cannot be stored", () => {
  writeFileSync(file, "module.exports = 1;");
  const missing = join(folder, "missing");
  assert.equal(requireAgain(missing), 1);
  assert.ok(!existsSync(missing));
});

test("a module that throws is not kept", () => {
  writeFileSync(file, 'throw new Error("not today");');
  assert.throws(() => requireAgain(), /not today/);
  assert.equal(modules[file], undefined);
  assert.deepEqual(storedFiles(), []);
});
