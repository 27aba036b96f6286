import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readDeviceChoice, writeDeviceChoice } from "../../../scripts/setup/device-choice.js";
import { installLibrary, isComplete, replaceLink } from "../../../scripts/setup/library.js";
import { openPartialFolder } from "../../../scripts/setup/partial-folder.js";
import { wheelSets } from "../../../scripts/setup/wheels.js";
import { findNativeLibrary } from "../../../src/tensorflow/native/binding.js";
import { createSandbox, startSetup } from "../../helpers/sandbox.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

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

test("A second set-up downloads, unpacks and compiles nothing, and the next one takes the same variant", async (context) => {
  const library = findNativeLibrary();
  const before = readDeviceChoice() ?? "auto";
  context.after(() => writeDeviceChoice(before));
  assert.ok(library !== undefined, "run npm run setup before the tests");
  const broken = "exit 1";
  const { env } = createSandbox({ python3: broken, "g++": broken, "clang++": broken, "c++": broken });
  const cache = join(library.folder, "..");
  for (const words of [["--device", library.variant], []]) {
    const { code, stderr } = await startSetup({ ...env, SEGLOSS_CACHE: cache }, ...words).ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /download|unpack|compil/);
    assert.equal(/as in the last set-up/.test(stderr), words.length === 0, stderr);
    assert.equal(findNativeLibrary()?.binding, library.binding);
  }
});

test("A chosen variant is stored until --device auto", () => {
  const link = join(createTemporaryFolder("cache"), "lib/tfjs_binding.node");
  assert.equal(readDeviceChoice(link), undefined);
  writeDeviceChoice("gpu", link);
  assert.equal(readDeviceChoice(link), "gpu");
  writeDeviceChoice("auto", link);
  assert.equal(readDeviceChoice(link), undefined);
  writeDeviceChoice("auto", link);
});

test("A link is pointed at another target without leaving anything else", async () => {
  const folder = createTemporaryFolder("cache");
  const link = join(folder, "deep/binding.node");
  await replaceLink("first", link);
  await replaceLink("second", link);
  assert.equal(readlinkSync(link), "second");
  assert.deepEqual(readdirSync(join(folder, "deep")), ["binding.node"]);
});
