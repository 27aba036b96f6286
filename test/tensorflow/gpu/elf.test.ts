import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readElfLinks } from "../../../src/tensorflow/gpu/elf.js";
import { findNativeLibrary } from "../../../src/tensorflow/native/library.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";
import { writeElf } from "../../helpers/tiny-elf.js";

test("The needed libraries and the run path are read, folder by folder", () => {
  const file = join(createTemporaryFolder("elf"), "lib.so");
  const long = `$ORIGIN/${"x".repeat(3000)}`;
  writeElf(file, ["libone.so.1", "libtwo.so.2"], `$ORIGIN:${long}:`);
  assert.deepEqual(readElfLinks(file), {
    needed: ["libone.so.1", "libtwo.so.2"],
    runPath: ["$ORIGIN", long],
  });
});

test("A library without links has no needed libraries and no run path", () => {
  const file = join(createTemporaryFolder("elf"), "lib.so");
  writeElf(file, []);
  assert.deepEqual(readElfLinks(file), { needed: [], runPath: [] });
});

const library = process.platform === "linux" ? findNativeLibrary() : undefined;

test("The links of the TensorFlow library that is set up are read", {
  skip: library === undefined ? "there is none on this machine" : false,
}, () => {
  const { needed } = readElfLinks(join(library?.folder ?? "", "tensorflow/libtensorflow_cc.so.2"));
  assert.ok(needed.includes("libtensorflow_framework.so.2") && needed.includes("libc.so.6"));
});

test("A file that is not an ELF library is refused", () => {
  assert.throws(() => readElfLinks("package.json"), /not a 64-bit little-endian ELF file/);
});
