import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { failed, tableOf } from "../../scripts/gpu-check/check.js";
import { distanceOf } from "../../scripts/gpu-check/comparison.js";

const file = fileURLToPath(new URL("../../scripts/gpu-check.ts", import.meta.url));

function program(words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const args = ["--import", import.meta.resolve("tsx"), file, ...words];
    const child = execFile(process.execPath, args, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** Runs the check; gives its exit code, the table and what is in the JSON file. */
async function gpuCheck(...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "segloss-gpu-check-test-"));
  const json = join(folder, "check.json");
  try {
    const { code, out } = await program(["--json", json, ...words]);
    return { code, out, outcomes: JSON.parse(readFileSync(json, "utf8")).outcomes };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const header = "trained_loss,step,cce_loss,cce_grad_norm,accuracy\n";

describe("gpu-check", () => {
  it("makes every check on the CPU too, and ends with a table and a JSON file", async () => {
    const { code, out, outcomes } = await gpuCheck("--device", "cpu", "--quick");
    assert.equal(code, 0, out);
    assert.deepEqual(
      outcomes.map(({ name, ok }: { name: string; ok: boolean }) => [name, ok]),
      ["doctor", "fixture", "agreement", "determinism", "rates", "sweep"].map((name) => [name, true]),
    );
    assert.match(out, /60 cases of five steps, 2 programs: largest error \d/);
    assert.match(out, /losses \d\.\de-\d apart \(of 0\.001 allowed\)/);
    assert.match(out, /4 of 4 runs of 60 steps have the same bytes again/);
    assert.match(out, / {4}2 {2}off +[\d,]+ +\d+\.\d\d +\d+\.\d s +\d+ MiB of \d+\n/);
    assert.match(out, /configs\/quick\.json: \d+\.\d s, 12 runs/);
    assert.match(out, /All checks passed\.\n$/);
  });

  it("fails with exit code 1 and the reason where there is no GPU", async (context) => {
    const { code, out } = await gpuCheck("--only", "agreement", "--quick");
    if (code === 0) {
      context.skip("this machine has a GPU");
      return;
    }
    assert.equal(code, 1);
    assert.match(out, /^FAILED {2}agreement .*\n {8}segloss: --device gpu: /);
    assert.match(out, /1 of 1 checks failed\.\n$/);
  });

  it("names what it does not understand, with exit code 2", async () => {
    for (const words of [["--only", "doctr"], ["--device", "tpu"], ["--fast"]]) {
      const { code, out, err } = await program(words);
      assert.deepEqual([code, out], [2, ""]);
      assert.ok(err.includes(words.join(" ")) && err.includes("determinism"), err);
    }
  });

  it("tells of a check that fell over what it said last", () => {
    const { ok, lines } = failed(new Error("1\n2\n3\n4\n5\n6\n7\n8\n"));
    assert.deepEqual([ok, lines], [false, ["3", "4", "5", "6", "7", "8"]]);
    assert.equal(
      tableOf([{ name: "a", ok: true, seconds: 1.25, lines: ["x"] }]),
      "ok      a            1.3 s\n        x\nAll checks passed.\n",
    );
  });

  it("takes the largest relative difference of losses and norms, and knows that NaN is not near", () => {
    const wanted = `${header}cce,0,1,2,0.5\ncce,1,0.5,4,\n`;
    assert.deepEqual(distanceOf(`${header}cce,0,1,2,0.75\ncce,1,0.75,3,\n`, wanted), {
      losses: 0.5,
      norms: 0.25,
      accuracy: 0.25,
    });
    assert.equal(distanceOf(`${header}cce,0,NaN,2,0.5\ncce,1,0.5,4,\n`, wanted).losses, Number.NaN);
    assert.throws(() => distanceOf(`${header}cce,0,1,2,0.5\n`, wanted), /1 steps, the other 2/);
  });
});
