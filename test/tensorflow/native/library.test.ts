import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findNativeLibrary } from "../../../src/tensorflow/native/library.js";
import { writeSetupChoice } from "../../../src/tensorflow/native/setup-choice.js";
import { createSmallLibrary } from "../../helpers/packs.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const folder = createTemporaryFolder("caches");
const [own, first, second] = ["own", "first", "second"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const caches = { own, system: [first, second] };
const files = { "tensorflow/libtensorflow_cc.so.2": "library" };

test("A library is found in the system's caches in their order, then in the user's", async () => {
  assert.equal(findNativeLibrary(caches), undefined);
  for (const cache of [own, second, first]) {
    const { folder: home } = await createSmallLibrary(cache, files);
    assert.equal(findNativeLibrary(caches)?.folder, home);
  }
});

test("A library of the system without addons is passed over", () => {
  const library = findNativeLibrary(caches);
  assert.ok(library !== undefined);
  assert.ok(library.folder.startsWith(first));
  rmSync(join(library.binding, ".."), { recursive: true });
  assert.ok(findNativeLibrary(caches)?.folder.startsWith(second));
});

test("The user's last set-up selects the variant, and a cache's own set-up that of this cache", () => {
  writeSetupChoice(second, { device: "auto", variant: "gpu" });
  assert.ok(findNativeLibrary(caches)?.folder.startsWith(own));
  writeSetupChoice(own, { device: "cpu", variant: "cpu" });
  assert.ok(findNativeLibrary(caches)?.folder.startsWith(second));
  writeSetupChoice(own, { device: "gpu", variant: "gpu" });
  assert.equal(findNativeLibrary(caches), undefined);
});
