import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  findDriverLibrary,
  findNvidiaSmi,
  withVendorLibraries,
} from "../../../src/tensorflow/gpu/driver-files.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const machine = createTemporaryFolder("driver");
const folder = (name: string): string => join(machine, name);
const file = (path: string, text = ""): string => {
  mkdirSync(dirname(folder(path)), { recursive: true });
  writeFileSync(folder(path), text);
  return folder(path);
};
const driverFolders = {
  system: [folder("lib")],
  programs: [folder("vendor/bin")],
  libraries: [folder("missing"), folder("vendor/lib64")],
};

test("libcuda.so.1 is found in LD_LIBRARY_PATH, then the loader's cache, the system's folders and the vendors'", () => {
  const vendors = file("vendor/lib64/libcuda.so.1");
  assert.deepEqual(findDriverLibrary({}, "", driverFolders), { path: vendors, isOnLoaderPath: false });
  const system = file("lib/libcuda.so.1");
  assert.deepEqual(findDriverLibrary({}, "", driverFolders), { path: system, isOnLoaderPath: true });
  const cached = file("opt/libcuda.so.1");
  const cache = [
    "2 libs found in cache `/etc/ld.so.cache'",
    `\tlibcuda.so.1 (libc6,x86-64) => ${cached}`,
    `\tlibcuda.so (libc6,x86-64) => ${folder("opt/libcuda.so")}`,
  ].join("\n");
  assert.deepEqual(findDriverLibrary({}, cache, driverFolders), { path: cached, isOnLoaderPath: true });
  const own = file("own/libcuda.so.1");
  const env = { LD_LIBRARY_PATH: `:${folder("empty")}:${folder("own")}` };
  assert.deepEqual(findDriverLibrary(env, cache, driverFolders), { path: own, isOnLoaderPath: true });
});

test("a path in the loader's cache that is gone is not taken for the library", () => {
  const cache = `\tlibcuda.so.1 (libc6,x86-64) => ${folder("removed/libcuda.so.1")}`;
  const none = { system: [], programs: [], libraries: [] };
  assert.equal(findDriverLibrary({}, cache, none), undefined);
});

test("nvidia-smi is found on PATH, then in the vendors' folders", () => {
  assert.equal(findNvidiaSmi({ PATH: folder("bin") }, driverFolders), undefined);
  const vendors = file("vendor/bin/nvidia-smi");
  assert.equal(findNvidiaSmi({ PATH: folder("bin") }, driverFolders), vendors);
  assert.equal(findNvidiaSmi({}, driverFolders), vendors);
  const own = file("bin/nvidia-smi");
  assert.equal(findNvidiaSmi({ PATH: folder("bin") }, driverFolders), own);
});

test("nvidia-smi runs with the vendors' folders after the user's LD_LIBRARY_PATH", () => {
  file("vendor/lib64/libnvidia-ml.so.1");
  const added = folder("vendor/lib64");
  assert.equal(withVendorLibraries({}, driverFolders).LD_LIBRARY_PATH, added);
  assert.equal(withVendorLibraries({ LD_LIBRARY_PATH: "/a" }, driverFolders).LD_LIBRARY_PATH, `/a:${added}`);
  assert.deepEqual(withVendorLibraries({ A: "b" }, { ...driverFolders, libraries: [] }), { A: "b" });
});

const compiler = ["gcc", "cc", "g++", "c++"].find((name) => spawnSync(name, ["--version"]).status === 0);

test("a library outside the loader's folders is found by its name once it is loaded by its path", {
  skip: process.platform === "linux" && compiler !== undefined ? false : "this needs Linux and a compiler",
}, () => {
  const source = file("vendor/driver.c", "int cuInit(unsigned flags) { return flags == 0 ? 100 : 1; }\n");
  const path = folder("vendor/lib64/libcuda.so.1");
  execFileSync(compiler ?? "", ["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-o", path, source]);
  chmodSync(path, 0o755);
  const text = `
    import { readFileSync } from "node:fs";
    import { loadDriverLibrary } from "./src/tensorflow/gpu/driver-files.ts";
    const open = () => { try { process.dlopen({ exports: {} }, "libcuda.so.1"); } catch ({ message }) { return message; } };
    const before = open();
    loadDriverLibrary({ path: ${JSON.stringify(path)}, isOnLoaderPath: false });
    console.log(JSON.stringify([before, open(), readFileSync("/proc/self/maps", "utf8").includes(${JSON.stringify(path)})]));`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", text];
  const [before, after, isMapped] = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  // Where the machine has a driver of its own, the name is known already.
  assert.match(before, /cannot open shared object file|did not self-register/);
  assert.match(after, /did not self-register/);
  assert.equal(isMapped, true);
});
