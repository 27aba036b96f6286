import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { findPrebuiltAddons } from "../../src/setup/addons.js";
import { addonFolderName, ownAddons, tfjsAddon } from "../../src/tensorflow/native/addons.js";
import { findNativeLibrary } from "../../src/tensorflow/native/library.js";
import { readSetupChoice, writeSetupChoice } from "../../src/tensorflow/native/setup-choice.js";
import { createSandbox, type Sandbox, startSetup } from "../helpers/sandbox.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const library = findNativeLibrary();
assert.ok(library !== undefined, "run npm run setup before the tests");

/** Creates a machine without working tools whose cache has the library that is set up. */
function createSetSandbox(): Sandbox {
  const broken = "exit 1";
  const sandbox = createSandbox({ python3: broken, "g++": broken, "clang++": broken, "c++": broken });
  mkdirSync(sandbox.cache);
  symlinkSync(library?.folder ?? "", join(sandbox.cache, basename(library?.folder ?? "")));
  return sandbox;
}

test("A second set-up downloads, unpacks and compiles nothing, and the next one takes the same variant", async () => {
  const { env, cache } = createSetSandbox();
  for (const words of [["--device", library.variant], []]) {
    const { code, stderr } = await startSetup(env, ...words).ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /download|unpack|compil/);
    assert.equal(/as in the last set-up/.test(stderr), words.length === 0, stderr);
  }
  assert.deepEqual(readSetupChoice(cache), { device: library.variant, variant: library.variant });
  assert.deepEqual(readdirSync(cache).toSorted(), ["setup.json", basename(library.folder)]);
});

test("setup --check reports what is missing, with exit code 3, and writes nothing", async () => {
  const complete = createSetSandbox();
  const done = await startSetup(complete.env, "--check", "--device", library.variant).ended;
  assert.deepEqual([done.code, /Set-up is complete/.test(done.stderr)], [0, true], done.stderr);
  assert.deepEqual(readdirSync(complete.cache), [basename(library.folder)]);
  const empty = createSandbox({});
  const missing = await startSetup(empty.env, "--check", "--device", "cpu").ended;
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /library: missing, \d+ MB to download\naddons: missing\n.*npm run setup/);
  assert.deepEqual(readdirSync(empty.folder), ["bin"]);
});

test("A library in a system cache is used as it is, and set-up writes nothing to any cache", async () => {
  const { env, cache: system, folder } = createSetSandbox();
  const own = join(folder, "own");
  const user = { ...env, SEGLOSS_CACHE: own, SEGLOSS_SYSTEM_CACHE: `/nowhere:${system}` };
  writeSetupChoice(system, { device: library.variant, variant: library.variant });
  const before = readdirSync(system);
  for (const [words, message] of [
    [[], `set up, in the system cache ${system}`],
    [["--device", library.variant], `set up, in the system cache ${system}`],
    [["--check"], `library: ${join(system, basename(library.folder))} (system cache)`],
  ] as const) {
    const { code, stderr } = await startSetup(user, ...words).ended;
    assert.equal(code, 0, stderr);
    assert.ok(stderr.includes(message), stderr);
  }
  assert.deepEqual([readdirSync(system), existsSync(own)], [before, false]);
});

test("--cache sets up one cache, whatever the others have", async () => {
  const { env, cache: system, folder } = createSetSandbox();
  const user = { ...env, SEGLOSS_CACHE: join(folder, "own"), SEGLOSS_SYSTEM_CACHE: system };
  const empty = join(folder, "empty");
  const { code, stderr } = await startSetup(user, "--device", "cpu", "--check", "--cache", empty).ended;
  assert.deepEqual([code, /library: missing/.test(stderr)], [3, true], stderr);
});

test("--pack, --from and --check exclude each other", async () => {
  const { code, stderr } = await startSetup(createSandbox({}).env, "--pack", "a", "--from", "b").ended;
  assert.deepEqual([code, stderr], [2, "segloss: --pack and --from exclude each other.\n"]);
});

test("The library is the chosen variant's, or whichever is there; a damaged choice counts as none", () => {
  const cache = dirname(library.folder);
  const { env } = createSetSandbox();
  const { SEGLOSS_CACHE: own = "" } = env;
  const caches = { own, system: [] };
  assert.equal(findNativeLibrary(caches)?.variant, library.variant);
  writeSetupChoice(own, { device: "auto", variant: library.variant });
  assert.equal(findNativeLibrary(caches)?.variant, library.variant);
  writeSetupChoice(own, { device: "auto", variant: library.variant === "cpu" ? "gpu" : "cpu" });
  assert.equal(findNativeLibrary(caches), undefined);
  writeFileSync(join(own, "setup.json"), '{"device": "auto", "var');
  assert.equal(findNativeLibrary(caches)?.variant, library.variant);
  assert.equal(findNativeLibrary({ own: join(cache, "nowhere"), system: [] }), undefined);
});

test("Addons that the package brings are used if they are complete and belong to these sources", () => {
  const root = createTemporaryFolder("package");
  assert.equal(findPrebuiltAddons(root), undefined);
  const platform = join(root, "prebuilt", `${process.platform}-${process.arch}`);
  for (const folder of [join(platform, "binding-of-other-sources"), join(platform, addonFolderName())]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, tfjsAddon), "");
    assert.equal(findPrebuiltAddons(root), undefined);
    for (const name of Object.keys(ownAddons)) {
      writeFileSync(join(folder, name), "");
    }
  }
  assert.equal(findPrebuiltAddons(root), join(platform, addonFolderName()));
});
