import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { checkCache } from "../../src/doctor/checks/cache.js";
import {
  checkArchitecture,
  checkCudaLibraries,
  checkDriver,
  checkDriverLibrary,
} from "../../src/doctor/checks/gpus.js";
import { checkLibrary } from "../../src/doctor/checks/software.js";
import { runDoctor } from "../../src/doctor/doctor.js";
import { doctorExitCode, note, ok, wrong } from "../../src/doctor/finding.js";
import { formatFindings, formatJson } from "../../src/doctor/report.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const h100 = {
  index: 0,
  name: "NVIDIA H100",
  memoryMiB: 81920,
  freeMiB: 81000,
  computeCapability: "9.0",
  uuid: "GPU-1",
};
const usable = { state: "usable", version: "550.54.15", gpus: [h100] } as const;
const hidden = {
  state: "unusable",
  version: "550",
  problem: "No GPU is visible.",
  remedy: "docker run --gpus all",
} as const;

function createLibrary(variant: "cpu" | "gpu") {
  const folder = createTemporaryFolder("doctor");
  mkdirSync(join(folder, "tensorflow"));
  writeFileSync(join(folder, "tensorflow/lib.so"), "12345");
  const files = [{ path: "tensorflow/lib.so", bytes: 5 }];
  return {
    version: 1,
    tensorflow: "2.21.0",
    variant,
    wheels: [],
    files,
    folder,
    binding: "binding",
  } as const;
}

const findings = [
  ok("Node", "24"),
  note("cache", "big", "delete it"),
  wrong("library", "gone", "npm run setup"),
];

test("The report has each remedy below its finding, and counts what is wrong", () => {
  assert.deepEqual(stripVTControlCharacters(formatFindings(findings)).split("\n"), [
    "ok     Node     24",
    "note   cache    big",
    "                -> delete it",
    "WRONG  library  gone",
    "                -> npm run setup",
    "1 thing is wrong.",
    "",
  ]);
});

test("The JSON report has every finding and whether all is in order", () => {
  assert.deepEqual(JSON.parse(formatJson(findings)), { ok: false, findings });
  assert.equal(JSON.parse(formatJson(findings.slice(0, 2))).ok, true);
});

test("The exit code is 0 only if nothing is wrong", () => {
  assert.equal(doctorExitCode(findings), 3);
  assert.equal(doctorExitCode(findings.slice(0, 2)), 0);
});

test("The cards of a usable driver are listed with memory and compute capability", () => {
  assert.deepEqual(
    checkDriver(usable, "gpu").map(({ state, detail }) => [state, detail]),
    [
      ["ok", "driver 550.54.15"],
      ["ok", "NVIDIA H100, 80 GiB, compute capability 9.0"],
    ],
  );
});

test("A missing or unusable driver is wrong for the GPU variant only", () => {
  assert.deepEqual(
    checkDriver({ state: "none" }, "gpu").map(({ state }) => state),
    ["wrong"],
  );
  assert.deepEqual(
    checkDriver({ state: "none" }, "cpu").map(({ state }) => state),
    ["ok"],
  );
  assert.deepEqual(
    checkDriver(hidden, "gpu").map(({ state }) => state),
    ["wrong"],
  );
  assert.deepEqual(
    checkDriver(hidden, "cpu").map(({ state }) => state),
    ["note"],
  );
});

test("A card that the CPU variant cannot use gets the command for the GPU variant", () => {
  assert.match(checkDriver(usable, "cpu")[0]?.remedy ?? "", /--device gpu/);
});

test("The driver's library is reported only where the system's loader would not find it", () => {
  const vendors = { path: "/vendor/lib64/libcuda.so.1", isOnLoaderPath: false };
  assert.deepEqual(checkDriverLibrary(usable, "gpu", { ...vendors, isOnLoaderPath: true }), []);
  assert.deepEqual(checkDriverLibrary(hidden, "gpu", undefined), []);
  assert.deepEqual(checkDriverLibrary(usable, "gpu", vendors), [
    ok("driver library", "libcuda.so.1 is loaded from /vendor/lib64"),
  ]);
  const [missing] = checkDriverLibrary(usable, "gpu", undefined);
  assert.equal(missing?.state, "wrong");
  assert.match(missing?.remedy ?? "", /LD_LIBRARY_PATH/);
  assert.equal(checkDriverLibrary(usable, "cpu", undefined)[0]?.state, "note");
});

test("Each missing CUDA library is named for the GPU variant, and none for the CPU variant", () => {
  const [finding] = checkCudaLibraries(createLibrary("gpu"));
  assert.equal(finding?.state, "wrong");
  assert.match(finding?.detail ?? "", /missing: .*libdevice\.10\.bc for XLA/);
  assert.equal(finding?.remedy, "npm run setup -- --device gpu");
  assert.deepEqual(checkCudaLibraries(createLibrary("cpu")), []);
});

test("A complete library is accepted, and a damaged file is named", () => {
  const library = createLibrary("cpu");
  assert.equal(checkLibrary(library).state, "ok");
  writeFileSync(join(library.folder, "tensorflow/lib.so"), "123");
  const finding = checkLibrary(library);
  assert.match(finding.detail, /damaged \(tensorflow\/lib\.so\)/);
  assert.equal(finding.remedy, "npm run setup -- --device cpu");
});

test("A missing library gets the set-up command", () => {
  assert.equal(checkLibrary(undefined).remedy, "npm run setup");
});

test("A card that a trimmed library has no machine code for is wrong", () => {
  const library = createLibrary("gpu");
  const states = (architecture?: string) =>
    checkArchitecture(usable, { ...library, architecture }).map(({ state, remedy }) => [state, remedy]);
  assert.deepEqual([states(), states("sm_90")], [[], []]);
  const remedy = `delete ${library.folder}, then "npm run setup -- --device gpu"`;
  assert.deepEqual([states("sm_80"), states("sm_100")], [[["wrong", remedy]], [["wrong", remedy]]]);
});

test("The cache's finding lists libraries that this installation does not use", () => {
  const cache = createTemporaryFolder("cache");
  mkdirSync(join(cache, "xla-0123"));
  writeFileSync(join(cache, "xla-0123/program.pb"), Buffer.alloc(2e8));
  writeFileSync(join(cache, "setup.json"), "{}");
  assert.match(checkCache(undefined, cache).detail, /, 0\.2 GB$/);
  assert.equal(checkCache(undefined, cache).state, "ok");
  mkdirSync(join(cache, "tensorflow-old"));
  writeFileSync(join(cache, "tensorflow-old/lib.so"), "");
  const finding = checkCache(undefined, cache);
  assert.equal(finding.state, "note");
  assert.ok(finding.detail.includes(join(cache, "tensorflow-old")));
  assert.equal(checkCache(undefined, join(cache, "nowhere")).state, "ok");
});

test("The doctor loads TensorFlow, runs the self-test and reports its failure", async () => {
  const findings = await runDoctor({
    verbose: false,
    selfTest: async () => ({ ok: false, detail: "0.1 is not 0.2" }),
  });
  const named = new Map(findings.map((finding) => [finding.name, finding]));
  assert.match(named.get("TensorFlow")?.detail ?? "", /^2\.\d+\.\d+$/);
  assert.equal(named.get("library")?.state, "ok");
  assert.deepEqual(
    [named.get("self-test")?.state, named.get("self-test")?.detail],
    ["wrong", "0.1 is not 0.2"],
  );
});
