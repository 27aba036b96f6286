import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { recallDevice, rememberDevice } from "../../scripts/setup/choice.js";
import {
  beginPartial,
  isWhole,
  libraryName,
  publish,
  removeAbandoned,
  replaceLink,
} from "../../scripts/setup/library.js";
import { provisions } from "../../scripts/setup/wheels.js";
import { findNativeLibrary } from "../../src/tensorflow/native/binding.js";
import { fakePython, makeSandbox, startProvide } from "../helpers/sandbox.js";

const [provision] = provisions;
assert.ok(provision !== undefined);
const linked = { ...provision, links: [["tensorflow/alias.so", "lib.so"] as const] };

async function unpackedPartial(cache: string, content = "whole"): Promise<string> {
  const folder = await beginPartial(cache);
  mkdirSync(join(folder, "tensorflow"));
  writeFileSync(join(folder, "tensorflow/lib.so"), content);
  return folder;
}

function makeCache(): string {
  return mkdtempSync(join(tmpdir(), "segloss-cache-"));
}

/** A pip that has begun a download when `downloading`, beside the partial folder, holds its process id. */
const slowPython = fakePython(
  'echo part > "$dest/tensorflow.whl.part"; echo $$ > "$dest/../../downloading"; exec /bin/sleep 60',
);

/** The process id of the pip that slowPython stands for, once it works. */
async function downloadBegins(cache: string): Promise<number> {
  const file = join(cache, "downloading");
  for (;;) {
    const id = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (id > 0) {
      return id;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a library in the cache", () => {
  it("is whole once it is published, with its links and its record", async () => {
    const cache = makeCache();
    const place = join(cache, "library");
    const folder = await unpackedPartial(cache);
    assert.ok(!isWhole(folder));
    await publish(folder, linked, place);
    assert.ok(isWhole(place));
    assert.ok(!existsSync(folder));
    assert.equal(readlinkSync(join(place, "tensorflow/alias.so")), "lib.so");
    const record = JSON.parse(readFileSync(join(place, "library.json"), "utf8"));
    assert.deepEqual(record.files, [{ path: "tensorflow/lib.so", bytes: 5 }]);
  });

  it("is not whole when a file is shorter than recorded, or gone", async () => {
    const cache = makeCache();
    const place = join(cache, "library");
    await publish(await unpackedPartial(cache), provision, place);
    writeFileSync(join(place, "tensorflow/lib.so"), "who");
    assert.ok(!isWhole(place));
  });

  it("replaces a damaged one", async () => {
    const cache = makeCache();
    const place = join(cache, "library");
    await publish(await unpackedPartial(cache), provision, place);
    writeFileSync(join(place, "tensorflow/lib.so"), "");
    await publish(await unpackedPartial(cache, "mended"), provision, place);
    assert.ok(isWhole(place));
    assert.equal(readFileSync(join(place, "tensorflow/lib.so"), "utf8"), "mended");
    assert.deepEqual(readdirSync(cache), ["library"]);
  });

  it("stays when a second set-up arrives with its own", async () => {
    const cache = makeCache();
    const place = join(cache, "library");
    const [first, second] = await Promise.all([unpackedPartial(cache, "one"), unpackedPartial(cache, "two")]);
    await Promise.all([publish(first, provision, place), publish(second, provision, place)]);
    assert.ok(isWhole(place));
    assert.deepEqual(readdirSync(cache), ["library"]);
  });
});

describe("what interrupted set-ups leave", () => {
  it("is removed if their process is gone, and kept while it works", async () => {
    const cache = makeCache();
    const mine = await beginPartial(cache);
    const gone = join(cache, `partial-${hostname()}-999999999-0`);
    mkdirSync(gone);
    await removeAbandoned(cache);
    assert.ok(existsSync(mine));
    assert.ok(!existsSync(gone));
  });

  it("is removed after a day if it is another machine's", async () => {
    const cache = makeCache();
    const fresh = join(cache, "partial-elsewhere-1-0");
    const old = join(cache, "partial-elsewhere-2-0");
    mkdirSync(fresh);
    mkdirSync(old);
    const days = Date.now() / 1000 - 2 * 24 * 3600;
    utimesSync(old, days, days);
    await removeAbandoned(cache);
    assert.deepEqual(readdirSync(cache), ["partial-elsewhere-1-0"]);
  });

  it("never passes for a library: killed in the middle of a download", async () => {
    const { env, cache } = makeSandbox({ "g++": "exit 0", python3: slowPython });
    const { child, ended } = startProvide(env, "--device", "cpu");
    const pip = await downloadBegins(cache);
    child.kill("SIGKILL");
    process.kill(pip);
    await ended;
    assert.ok(!existsSync(join(cache, libraryName(provision))));
    assert.equal(readdirSync(cache).filter((name) => name.startsWith("partial-")).length, 1);
    await removeAbandoned(cache);
    assert.deepEqual(readdirSync(cache), ["downloading"]);
  });

  it("is nothing if set-up was told to stop", async () => {
    const { env, cache } = makeSandbox({ "g++": "exit 0", python3: slowPython });
    const { child, ended } = startProvide(env, "--device", "cpu");
    await downloadBegins(cache);
    child.kill("SIGINT");
    assert.equal((await ended).code, 130);
    assert.deepEqual(readdirSync(cache), ["downloading"]);
  });
});

describe("a second set-up", () => {
  it("downloads, unpacks and compiles nothing, and keeps what it was told for the third", async (context) => {
    const library = findNativeLibrary();
    const before = recallDevice() ?? "auto";
    context.after(() => rememberDevice(before));
    assert.ok(library !== undefined, "run npm run setup before the tests");
    const broken = "exit 1";
    const { env } = makeSandbox({ python3: broken, "g++": broken, "clang++": broken, "c++": broken });
    const setUp = (...words: readonly string[]) =>
      startProvide({ ...env, SEGLOSS_CACHE: join(library.folder, "..") }, ...words).ended;
    for (const words of [["--device", library.variant], []]) {
      const { code, stderr } = await setUp(...words);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /download|unpack|compil/);
      assert.equal(/as chosen before/.test(stderr), words.length === 0, stderr);
      assert.equal(findNativeLibrary()?.binding, library.binding);
    }
  });

  it("goes by the driver again when it is told so", () => {
    const link = join(makeCache(), "lib/tfjs_binding.node");
    assert.equal(recallDevice(link), undefined);
    rememberDevice("gpu", link);
    assert.equal(recallDevice(link), "gpu");
    rememberDevice("auto", link);
    assert.equal(recallDevice(link), undefined);
    rememberDevice("auto", link);
  });

  it("points the link at another variant in one step", async () => {
    const folder = makeCache();
    const link = join(folder, "deep/binding.node");
    await replaceLink("first", link);
    await replaceLink("second", link);
    assert.equal(readlinkSync(link), "second");
    assert.deepEqual(readdirSync(join(folder, "deep")), ["binding.node"]);
  });
});
