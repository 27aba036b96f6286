import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { prepareEnvironment } from "../../../src/tensorflow/native/binding.js";
import { cacheFolder } from "../../../src/tensorflow/native/cache-folder.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs TypeScript text in a process of its own, since TensorFlow loads once in each. */
async function evaluate(text: string, env: NodeJS.ProcessEnv = {}, cwd = root) {
  const { TF_CPP_MIN_LOG_LEVEL: _, ...clean } = process.env;
  return await promisify(execFile)(
    process.execPath,
    ["--import", fileURLToPath(import.meta.resolve("tsx")), "--input-type=module", "-e", text],
    { cwd, env: { ...clean, ...env } },
  );
}

function compute(options: string): string {
  return `import { loadNative } from "./src/tensorflow/native.ts";
    const tf = await loadNative(${options});
    console.log(tf.topk(tf.tensor1d([1, 3, 2]), 2).values.dataSync().join());`;
}

describe("loadNative", { concurrency: 2 }, () => {
  it("computes, and says nothing", async () => {
    assert.deepEqual(await evaluate(compute("")), { stdout: "3,2\n", stderr: "" });
  });

  it("lets TensorFlow's lines through when asked, from the first on", async () => {
    const { stdout, stderr } = await evaluate(compute("{ verbose: true }"));
    assert.equal(stdout, "3,2\n");
    assert.match(stderr, /cpu_feature_guard|port\.cc/);
  });

  it("keeps the log level that the user has set", async () => {
    assert.match(
      (await evaluate(compute(""), { TF_CPP_MIN_LOG_LEVEL: "0" })).stderr,
      /cpu_feature_guard|port\.cc/,
    );
  });

  it("mends the function that Node 23 removed", async () => {
    const without = `import { createRequire } from "node:module";
      delete createRequire(import.meta.url)("node:util").isNullOrUndefined;
      ${compute("")}`;
    assert.equal((await evaluate(without)).stdout, "3,2\n");
  });

  it("names the command to run, with exit code 3, where set-up has not run", async () => {
    const folder = mkdtempSync(join(tmpdir(), "segloss-unset-"));
    cpSync(join(root, "src/tensorflow"), join(folder, "src/tensorflow"), { recursive: true });
    cpSync(join(root, "src/error.ts"), join(folder, "src/error.ts"));
    mkdirSync(join(folder, "node_modules/@tensorflow/tfjs-node-gpu"), { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    writeFileSync(join(folder, "node_modules/@tensorflow/tfjs-node-gpu/package.json"), "{}");
    const attempt = `import { findNative, loadNative } from "./src/tensorflow/native.ts";
      console.log(findNative());
      await loadNative().catch(({ name, exitCode, message }) => console.log(name, exitCode, message));`;
    const { stdout } = await evaluate(attempt, {}, folder);
    assert.equal(
      stdout,
      'undefined\nSeglossError 3 TensorFlow is not set up in this checkout: run "npm run setup".\n',
    );
  });
});

describe("prepareEnvironment", () => {
  it("keeps the log level that the caller has set, and is silent by default", () => {
    const env: NodeJS.ProcessEnv = { TF_CPP_MIN_LOG_LEVEL: "1" };
    prepareEnvironment(env, false);
    assert.deepEqual(env, { TF_CPP_MIN_LOG_LEVEL: "1" });
    const empty: NodeJS.ProcessEnv = {};
    prepareEnvironment(empty, false);
    assert.deepEqual(empty, { TF_CPP_MIN_LOG_LEVEL: "3" });
  });
});

describe("the cache folder", () => {
  it("is where SEGLOSS_CACHE says, else under XDG_CACHE_HOME, else the system's place", () => {
    assert.equal(cacheFolder({ SEGLOSS_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "linux", "/h"), "/a");
    assert.equal(cacheFolder({ SEGLOSS_CACHE: "", XDG_CACHE_HOME: "/b" }, "linux", "/h"), "/b/segloss");
    assert.equal(cacheFolder({}, "linux", "/h"), "/h/.cache/segloss");
    assert.equal(cacheFolder({}, "darwin", "/h"), "/h/Library/Caches/segloss");
  });

  it("ignores a relative XDG_CACHE_HOME, as its specification says", () => {
    assert.equal(cacheFolder({ XDG_CACHE_HOME: "here" }, "linux", "/h"), "/h/.cache/segloss");
  });
});
