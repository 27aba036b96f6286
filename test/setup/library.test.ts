import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installLibrary, isComplete } from "../../src/setup/library.js";
import { openPartialFolder } from "../../src/setup/partial-folder.js";
import { wheelSets } from "../../src/tensorflow/native/wheels.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const [wheelSet] = wheelSets;
assert.ok(wheelSet !== undefined);
const withLink = { ...wheelSet, links: [["tensorflow/alias.so", "lib.so"] as const] };

/** Installs a library whose only file has the given content, as set-up does. */
async function install(library: string, content: string, wheels = wheelSet): Promise<void> {
  assert.ok(wheels !== undefined);
  const partial = await openPartialFolder(join(library, ".."));
  mkdirSync(join(partial.path, "tensorflow"));
  writeFileSync(join(partial.path, "tensorflow/lib.so"), content);
  assert.ok(!isComplete(partial.path));
  await installLibrary(partial.path, wheels, library);
  await partial.close();
}

test("An installed library is complete, with its links and its manifest", async () => {
  const cache = createTemporaryFolder("cache");
  const library = join(cache, "library");
  await install(library, "whole", withLink);
  assert.ok(isComplete(library));
  assert.deepEqual(readdirSync(cache), ["library"]);
  assert.equal(readlinkSync(join(library, "tensorflow/alias.so")), "lib.so");
  const manifest = JSON.parse(readFileSync(join(library, "library.json"), "utf8"));
  assert.deepEqual(manifest.files, [{ path: "tensorflow/lib.so", bytes: 5 }]);
});

test("A library is not complete if a file is shorter than recorded, and is then replaced", async () => {
  const cache = createTemporaryFolder("cache");
  const library = join(cache, "library");
  await install(library, "whole");
  writeFileSync(join(library, "tensorflow/lib.so"), "who");
  assert.ok(!isComplete(library));
  await install(library, "repaired");
  assert.ok(isComplete(library));
  assert.equal(readFileSync(join(library, "tensorflow/lib.so"), "utf8"), "repaired");
  assert.deepEqual(readdirSync(cache), ["library"]);
});

test("Two set-ups at once leave one complete library", async () => {
  const cache = createTemporaryFolder("cache");
  const library = join(cache, "library");
  await Promise.all([install(library, "one"), install(library, "two")]);
  assert.ok(isComplete(library));
  assert.deepEqual(readdirSync(cache), ["library"]);
});
