import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SeglossError } from "../../src/errors.js";
import { unpackWheel } from "../../src/setup/unpack.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const wheel = { name: "small", version: "1.0", sha256: "0", bytes: 1, unpacked: 1 };
const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** Writes a wheel with the given files, compressed as pip's are. */
function writeWheel(path: string, files: Readonly<Record<string, string>>): void {
  const script = `import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for name, text in json.loads(sys.argv[2]).items():
        archive.writestr(name, text)`;
  execFileSync("python3", ["-c", script, path, JSON.stringify(files)]);
}

test("The kept files of a wheel are unpacked, programs as executables, and nothing else", {
  skip: hasPython ? false : "Python writes the wheel of this test",
}, async () => {
  const folder = createTemporaryFolder("unpack");
  const file = join(folder, "small.whl");
  writeWheel(file, {
    "tensorflow/libtensorflow_cc.so.2": "library",
    "tensorflow/python/ops.py": "code",
    "nvidia/cuda_nvcc/bin/ptxas": "program",
  });
  const target = join(folder, "target");
  await unpackWheel(file, wheel, target);
  assert.deepEqual(
    readdirSync(target, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .toSorted(),
    ["libtensorflow_cc.so.2", "ptxas"],
  );
  assert.equal(readFileSync(join(target, "tensorflow/libtensorflow_cc.so.2"), "utf8"), "library");
  assert.equal(statSync(join(target, "nvidia/cuda_nvcc/bin/ptxas")).mode & 0o111, 0o111);
});

test("A file that is not a wheel is refused by the wheel's name", async () => {
  const folder = createTemporaryFolder("unpack");
  const file = join(folder, "small.whl");
  writeFileSync(file, "not a zip file, whatever its name says");
  await assert.rejects(
    unpackWheel(file, wheel, folder),
    (error) => error instanceof SeglossError && /^small could not be unpacked: /.test(error.message),
  );
});
