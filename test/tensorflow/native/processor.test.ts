import assert from "node:assert/strict";
import { test } from "node:test";
import { processorOf, thisProcessor } from "../../../src/tensorflow/native/processor.js";

const cores = (...flags: readonly string[]) =>
  flags.map((list, index) => `processor\t: ${index}\nflags\t\t: ${list}\nbugs\t\t: spectre\n`).join("\n");

test("Processors of one model differ if their instruction set extensions do", () => {
  const full = processorOf("x64", "EPYC", cores("fpu avx2 avx512f", "fpu avx2 avx512f"));
  const masked = processorOf("x64", "EPYC", cores("fpu avx2", "fpu avx2"));
  assert.notEqual(full.features, masked.features);
  assert.deepEqual({ ...full, features: "" }, { ...masked, features: "" });
});

test("A processor is the same whatever the order of its extensions and the number of its cores", () => {
  const one = processorOf("x64", "EPYC ", cores("fpu avx2 sse"));
  assert.deepEqual(one, processorOf("x64", "EPYC", cores("sse  fpu avx2", "avx2 fpu sse")));
  assert.match(one.features, /^[0-9a-f]{16}$/);
});

test("The extensions of an ARM processor are found under their own name", () => {
  const arm = processorOf("arm64", "Neoverse", "Features\t: fp asimd sve\nCPU part\t: 0xd40\n");
  assert.notEqual(arm.features, "");
});

test("Where the system lists no extensions, a processor has only its model", () => {
  assert.deepEqual(processorOf("arm64", "Apple M2", ""), {
    architecture: "arm64",
    model: "Apple M2",
    features: "",
  });
  assert.equal(thisProcessor(), thisProcessor());
});
