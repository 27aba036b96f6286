import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TarEntry, TarHeader } from "modern-tar";
import { SeglossError } from "../../../src/errors.js";
import { hasAddons } from "../../../src/setup/addons.js";
import { isComplete } from "../../../src/setup/library.js";
import { installPack, readPack } from "../../../src/setup/pack/install.js";
import { neededGlibc, writePack } from "../../../src/setup/pack/write.js";
import { readManifest } from "../../../src/tensorflow/native/manifest.js";
import { libraryName } from "../../../src/tensorflow/native/wheels.js";
import { fatBinary, madeUpEntry } from "../../helpers/fat-binaries.js";
import { cpuWheels, createPackManifest, createSmallLibrary, writePackByHand } from "../../helpers/packs.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const folder = createTemporaryFolder("pack");
const file = "tensorflow/libtensorflow_cc.so.2";
const content = Buffer.concat([Buffer.from("code"), Buffer.alloc(3_000_000), Buffer.from("end")]);
const library = await createSmallLibrary(join(folder, "source"), {
  [file]: content,
  "tensorflow/libtensorflow_framework.so.2": "framework",
});
const pack = join(folder, "whole.tar.br");
const written = await writePack(library, cpuWheels(), pack);

function createCache(): string {
  return createTemporaryFolder("pack-cache");
}

/** Asserts that a pack is refused with a message of one line, and that nothing of it stays in the cache. */
async function assertRefused(path: string, reason: RegExp): Promise<void> {
  const cache = createCache();
  const installed = readPack(path).then((read) => installPack(read, join(cache, libraryName(cpuWheels()))));
  await assert.rejects(installed, (error) => {
    assert.ok(error instanceof SeglossError, String(error));
    assert.match(error.message, reason);
    assert.match(error.message, /^[^\n]+$/);
    return true;
  });
  assert.deepEqual(readdirSync(cache), []);
}

test("A pack installs the library and the addons that it was made of, long zeros without space on the disk", async () => {
  const cache = createCache();
  const target = join(cache, libraryName(cpuWheels()));
  await installPack(await readPack(pack), target);
  assert.ok(isComplete(target) && hasAddons(target));
  assert.ok(readFileSync(join(target, file)).equals(content));
  assert.equal(
    readFileSync(join(target, "library.json"), "utf8"),
    readFileSync(join(library.folder, "library.json"), "utf8"),
  );
  assert.ok(statSync(join(target, file)).blocks * 512 < content.length / 4);
  assert.deepEqual(readdirSync(cache), [libraryName(cpuWheels())]);
});

test("A pack completes a library that lacks its addons", async () => {
  const cache = createCache();
  const target = join(cache, libraryName(cpuWheels()));
  await createSmallLibrary(cache, { [file]: content });
  const addons = readdirSync(target).find((name) => name.startsWith("binding-")) ?? "";
  rmSync(join(target, addons), { recursive: true });
  await installPack(await readPack(pack), target);
  assert.ok(isComplete(target) && hasAddons(target));
});

test("A pack that cannot be written leaves nothing behind", async () => {
  const target = join(folder, "unwritable");
  mkdirSync(join(target, "taken"), { recursive: true });
  for (const [file, code] of [
    [join(target, "taken"), "EISDIR"],
    [join(target, "missing/pack"), "ENOENT"],
    ["/proc/pack", "ENOENT"],
  ] as const) {
    await assert.rejects(writePack(library, cpuWheels(), file), { code });
  }
  assert.deepEqual(readdirSync(target), ["taken"]);
});

test("The same library has the same pack, whose printed sha256 is the file's", async () => {
  const again = await writePack(library, cpuWheels(), join(folder, "again.tar.br"));
  assert.equal(again.sha256, written.sha256);
  assert.equal(createHash("sha256").update(readFileSync(pack)).digest("hex"), written.sha256);
  assert.equal(statSync(pack).size, written.bytes);
});

test("A pack that was cut off, changed or is no pack is refused, and leaves nothing behind", async () => {
  const bytes = readFileSync(pack);
  for (const length of [0, 1, Math.floor(bytes.length / 2), bytes.length - 1]) {
    const cut = join(folder, "cut.tar.br");
    writeFileSync(cut, bytes);
    truncateSync(cut, length);
    await assertRefused(cut, /cut\.tar\.br is damaged.*Copy it again/);
  }
  for (let at = 3; at < bytes.length; at += Math.ceil(bytes.length / 12)) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x55;
    writeFileSync(join(folder, "changed.tar.br"), changed);
    await assertRefused(join(folder, "changed.tar.br"), /changed\.tar\.br is damaged/);
  }
  writeFileSync(join(folder, "text"), "This is no pack.");
  await assertRefused(join(folder, "text"), /or not made by "segloss setup --pack"/);
  await assertRefused(join(folder, "none"), /none: it or its folder does not exist/);
  mkdirSync(join(folder, "subfolder"));
  await assertRefused(join(folder, "subfolder"), /it is a folder/);
});

test("A pack with entries that lead elsewhere, or that its list does not have, is refused", async () => {
  const listed = (path: string, text: string) => ({
    path,
    bytes: text.length,
    sha256: createHash("sha256").update(text).digest("hex"),
  });
  const entry = (name: string, header: Partial<TarHeader> = {}): TarEntry => ({
    header: { name, size: header.type === undefined ? 4 : 0, ...header },
    body: header.type === undefined ? "code" : undefined,
  });
  const hostile = join(folder, "hostile.tar.br");
  const honest = createPackManifest([listed(file, "code")]);
  for (const bad of [
    entry("../escaped"),
    entry("/tmp/escaped"),
    entry(`tensorflow/../../${file}`),
    entry(file, { type: "symlink", linkname: "/etc/passwd" }),
    entry(file, { type: "link", linkname: "/etc/passwd" }),
    entry(file, { type: "directory" }),
    entry("tensorflow/libtensorflow_framework.so.2"),
  ]) {
    await writePackByHand(hostile, honest, [bad]);
    await assertRefused(hostile, /is not as its list of files has it/);
  }
  await writePackByHand(hostile, honest, [entry(file), entry(file)]);
  await assertRefused(hostile, /is not as its list of files has it/);
  await writePackByHand(hostile, honest, []);
  await assertRefused(hostile, /it ends before tensorflow/);
  await writePackByHand(hostile, createPackManifest([listed(file, "edoc")]), [entry(file)]);
  await assertRefused(hostile, /does not have the recorded sha256/);
  for (const path of ["../escaped", "/etc/passwd", `nvidia/../../${file}`, "tensorflow/python/ops.py"]) {
    await writePackByHand(hostile, createPackManifest([listed(path, "code")]), [entry(path)]);
    await assertRefused(hostile, /it lists ".*", which no pack has/);
  }
  await writePackByHand(hostile, { ...honest, sha256: "0".repeat(64) }, [entry(file)]);
  await assertRefused(hostile, /does not have the recorded sha256/);
});

test("A pack of a trimmed library says so, and so does the library that is installed from it", async () => {
  const fat = fatBinary([madeUpEntry("sm_80", "a"), madeUpEntry("sm_90", "b")]);
  const gpu = {
    ...(await createSmallLibrary(join(folder, "gpu"), { [file]: fat })),
    variant: "gpu" as const,
  };
  const trimmed = join(folder, "trimmed.tar.br");
  await writePack(gpu, cpuWheels(), trimmed, "sm_90");
  const read = await readPack(trimmed);
  const target = join(createCache(), libraryName(cpuWheels()));
  await installPack(read, target);
  assert.deepEqual([read.manifest.architecture, readManifest(target).architecture], ["sm_90", "sm_90"]);
  const installed = readFileSync(join(target, file));
  assert.equal(installed.length, fat.length);
  assert.deepEqual([installed.includes("aaaa"), installed.includes("bbbb")], [false, true]);
  for (const [from, architecture, reason] of [
    [library, "sm_90", /only the GPU variant has code for GPUs; add --device gpu/],
    [gpu, "hopper", /expected a CUDA architecture such as sm_90/],
    [gpu, "sm_70", /TensorFlow has no code for it; it has machine code for sm_80, sm_90/],
    [{ ...gpu, architecture: "sm_80" }, "sm_90", /has been trimmed to sm_80 before/],
  ] as const) {
    await assert.rejects(writePack(from, cpuWheels(), trimmed, architecture), reason);
  }
});

test("A pack for another platform, version or a newer system is refused", async () => {
  const foreign = join(folder, "foreign.tar.br");
  for (const [changes, reason] of [
    [{ platform: "linux-riscv64" }, /was made for linux-riscv64, and this machine is/],
    [{ library: "tensorflow-1.0-cpu" }, /was made by segloss 0\.0\.1, with another TensorFlow.*same version/],
    [{ addons: "binding-000000000000" }, /was made by segloss 0\.0\.1, .*other addons/],
    [{ format: 2 }, /is of another version of segloss/],
  ] as const) {
    await writePackByHand(foreign, { ...createPackManifest([]), ...changes });
    await assertRefused(foreign, reason);
  }
});

test("A pack from a newer glibc is refused", { skip: process.platform !== "linux" }, async () => {
  const newer = join(folder, "newer.tar.br");
  await writePackByHand(newer, createPackManifest([], { glibc: "2.999" }));
  await assertRefused(newer, /need glibc 2\.999, and this machine has 2\.\d+/);
});

test("The glibc that addons need is the highest version of their symbols, at least that of TensorFlow's wheels", () => {
  const addon = join(folder, "addon.node");
  writeFileSync(addon, "\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.4\0GLIBCXX_3.4.32\0");
  assert.equal(neededGlibc([addon]), "2.34");
  writeFileSync(addon, "\0GLIBC_2.14\0");
  assert.equal(neededGlibc([addon]), "2.27");
});
