import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { examineCache } from "../../src/doctor/checks/cache.js";
import { examineCuda, examineGpus } from "../../src/doctor/checks/gpus.js";
import { examineLibrary } from "../../src/doctor/checks/software.js";
import { runDoctor } from "../../src/doctor/doctor.js";
import { doctorExitCode, note, ok, wrong } from "../../src/doctor/finding.js";
import { formatFindings, formatJson } from "../../src/doctor/report.js";

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

function makeLibrary(variant: "cpu" | "gpu") {
  const folder = mkdtempSync(join(tmpdir(), "segloss-doctor-"));
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

describe("the doctor's report", () => {
  const findings = [
    ok("Node", "24"),
    note("cache", "big", "delete it"),
    wrong("library", "gone", "npm run setup"),
  ];

  it("puts the remedy under what needs one, and counts what is wrong", () => {
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

  it("says the same as JSON", () => {
    assert.deepEqual(JSON.parse(formatJson(findings)), { ok: false, findings });
    assert.equal(JSON.parse(formatJson(findings.slice(0, 2))).ok, true);
  });

  it("ends with 0 only if nothing is wrong", () => {
    assert.equal(doctorExitCode(findings), 3);
    assert.equal(doctorExitCode(findings.slice(0, 2)), 0);
  });
});

describe("the doctor on GPUs", () => {
  it("lists the cards of a usable driver with memory and capability", () => {
    assert.deepEqual(
      examineGpus(usable, "gpu").map(({ state, detail }) => [state, detail]),
      [
        ["ok", "driver 550.54.15"],
        ["ok", "NVIDIA H100, 80 GiB, compute capability 9.0"],
      ],
    );
  });

  it("finds a missing driver wrong for the GPU variant only", () => {
    assert.deepEqual(
      examineGpus({ state: "none" }, "gpu").map(({ state }) => state),
      ["wrong"],
    );
    assert.deepEqual(
      examineGpus({ state: "none" }, "cpu").map(({ state }) => state),
      ["ok"],
    );
    assert.deepEqual(
      examineGpus(hidden, "gpu").map(({ state }) => state),
      ["wrong"],
    );
    assert.deepEqual(
      examineGpus(hidden, "cpu").map(({ state }) => state),
      ["note"],
    );
  });

  it("points to the GPU variant where a card lies idle", () => {
    assert.match(examineGpus(usable, "cpu")[0]?.remedy ?? "", /--device gpu/);
  });

  it("names each missing CUDA library, and has nothing to say of the CPU variant", () => {
    const [finding] = examineCuda(makeLibrary("gpu"));
    assert.equal(finding?.state, "wrong");
    assert.match(finding?.detail ?? "", /missing: .*libdevice\.10\.bc for XLA/);
    assert.equal(finding?.remedy, "npm run setup -- --device gpu");
    assert.deepEqual(examineCuda(makeLibrary("cpu")), []);
  });
});

describe("the doctor on the library", () => {
  it("accepts a whole one and names what is damaged", () => {
    const library = makeLibrary("cpu");
    assert.equal(examineLibrary(library).state, "ok");
    writeFileSync(join(library.folder, "tensorflow/lib.so"), "123");
    const finding = examineLibrary(library);
    assert.match(finding.detail, /damaged \(tensorflow\/lib\.so\)/);
    assert.equal(finding.remedy, "npm run setup -- --device cpu");
  });

  it("says what to run where there is none", () => {
    assert.equal(examineLibrary(undefined).remedy, "npm run setup");
  });

  it("tells the cache's size and what in it is not used here", () => {
    const cache = mkdtempSync(join(tmpdir(), "segloss-cache-"));
    mkdirSync(join(cache, "xla-0123"));
    assert.equal(examineCache(undefined, cache).state, "ok");
    mkdirSync(join(cache, "tensorflow-old"));
    writeFileSync(join(cache, "tensorflow-old/lib.so"), "");
    const finding = examineCache(undefined, cache);
    assert.equal(finding.state, "note");
    assert.ok(finding.detail.includes(join(cache, "tensorflow-old")));
    assert.equal(examineCache(undefined, join(cache, "nowhere")).state, "ok");
  });
});

describe("the doctor on this machine", () => {
  it("loads TensorFlow, runs the self-test and reports its failure", async () => {
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
});
