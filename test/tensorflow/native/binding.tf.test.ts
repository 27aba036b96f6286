import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setLogLevel } from "../../../src/tensorflow/native/binding.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs TypeScript text in a process of its own, because TensorFlow loads once in each. */
async function evaluate(text: string, env: NodeJS.ProcessEnv = {}) {
  const { TF_CPP_MIN_LOG_LEVEL: _, ...clean } = process.env;
  return await promisify(execFile)(
    process.execPath,
    ["--import", fileURLToPath(import.meta.resolve("tsx")), "--input-type=module", "-e", text],
    { cwd: root, env: { ...clean, ...env } },
  );
}

function compute(options: string): string {
  return `import { loadTfjs } from "./src/tensorflow/native/binding.ts";
    const tf = await loadTfjs(${options});
    console.log(tf.topk(tf.tensor1d([1, 3, 2]), 2).values.dataSync().join());`;
}

const tensorflowLine = /cpu_feature_guard|port\.cc/;

test("tfjs computes on the native library and logs nothing", async () => {
  assert.deepEqual(await evaluate(compute("")), { stdout: "3,2\n", stderr: "" });
});

test("TensorFlow logs from its first line on if it is verbose or the user's log level says so", async () => {
  const verbose = await evaluate(compute("{ verbose: true }"));
  assert.equal(verbose.stdout, "3,2\n");
  assert.match(verbose.stderr, tensorflowLine);
  assert.match((await evaluate(compute(""), { TF_CPP_MIN_LOG_LEVEL: "0" })).stderr, tensorflowLine);
});

test("tfjs works without the function that Node 23 removed", async () => {
  const without = `import { createRequire } from "node:module";
    delete createRequire(import.meta.url)("node:util").isNullOrUndefined;
    ${compute("")}`;
  assert.equal((await evaluate(without)).stdout, "3,2\n");
});

test("Without set-up, loading fails with exit code 3 and the command to run", async () => {
  const attempt = `import { loadTfjs } from "./src/tensorflow/native/binding.ts";
    await loadTfjs().catch(({ name, exitCode, message }) => console.log(name, exitCode, message));`;
  const { stdout } = await evaluate(attempt, { SEGLOSS_CACHE: createTemporaryFolder("unset") });
  assert.equal(stdout, 'SeglossError 3 TensorFlow is not set up: run "npm run setup".\n');
});

test("TensorFlow logs fatal errors only, unless the user has set a level", () => {
  const env: NodeJS.ProcessEnv = { TF_CPP_MIN_LOG_LEVEL: "1" };
  setLogLevel(env, false);
  assert.deepEqual(env, { TF_CPP_MIN_LOG_LEVEL: "1" });
  const empty: NodeJS.ProcessEnv = {};
  setLogLevel(empty, false);
  assert.deepEqual(empty, { TF_CPP_MIN_LOG_LEVEL: "3" });
});
