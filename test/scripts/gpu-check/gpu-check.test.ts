import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { FinishedPart } from "../../../scripts/gpu-check/part.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const file = fileURLToPath(new URL("../../../scripts/gpu-check.ts", import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function gpuCheck(words: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    const args = ["--import", import.meta.resolve("tsx"), file, ...words];
    const child = execFile(process.execPath, args, { env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

function partsIn(json: string): FinishedPart[] {
  return JSON.parse(readFileSync(json, "utf8")).parts;
}

test("gpu-check runs every check on the CPU too, saves the results and does not repeat finished parts", async () => {
  const json = join(createTemporaryFolder("gpu-check"), "runs/check.json");
  const words = ["--device", "cpu", "--quick", "--json", json];
  const { code, out } = await gpuCheck(words);
  assert.equal(code, 0, out);
  const parts = partsIn(json);
  assert.deepEqual(
    parts.map(({ check, ok }) => [check, ok]),
    ["doctor", "fixture", "agreement", "determinism", "sweep", "rates", "rates", "fixture"].map((check) => [
      check,
      true,
    ]),
  );
  assert.match(out, /30 cases of five steps in 1 program: largest relative error \d/);
  assert.match(out, /losses \d\.\de-\d \(0\.001 is allowed\)/);
  assert.match(out, /4 of 4 runs of 60 steps have the same bytes again/);
  assert.match(out, /rate, 2 lanes, XLA off .*\n {8}[\d,]+ run-steps\/s, \d+\.\d\d ms a step/);
  assert.match(out, /configs\/quick\.json .*\n {8}\d+\.\d s, 12 runs/);
  assert.match(out, /All 8 parts passed\.\n$/);
  const again = await gpuCheck(words);
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /^continuing .*: 8 of 8 parts are finished\n$/);
  assert.equal(again.out, out);
  assert.deepEqual(partsIn(json), parts);
});

test("gpu-check needs nothing on PATH: no npm, Python, compiler, git or Node", async () => {
  const json = join(createTemporaryFolder("gpu-check"), "check.json");
  const words = ["--device", "cpu", "--quick", "--only", "doctor", "--json", json];
  const { code, out, err } = await gpuCheck(words, { ...process.env, PATH: "/nonexistent" });
  assert.equal(code, 0, out + err);
  assert.match(out, /All 1 part passed\.\n$/);
});

test("gpu-check fails with exit code 1 and the reason where there is no GPU", async (context) => {
  const json = join(createTemporaryFolder("gpu-check"), "check.json");
  const { code, out } = await gpuCheck(["--only", "agreement", "--quick", "--json", json]);
  if (code === 0) {
    context.skip("this machine has a GPU");
    return;
  }
  assert.equal(code, 1);
  assert.match(out, /^FAILED {2}agreement .*\n {8}segloss: --device gpu: /);
  assert.match(out, /1 of 1 part failed\.\n$/);
});

test("gpu-check names an argument that it does not understand, with exit code 2", async () => {
  for (const words of [["--only", "doctr"], ["--device", "tpu"], ["--budget", "soon"], ["--fast"]]) {
    const { code, out, err } = await gpuCheck(words);
    assert.deepEqual([code, out], [2, ""]);
    assert.ok(err.includes(words.join(" ")) && err.includes("--budget MINUTES"), err);
  }
});
