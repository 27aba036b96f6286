import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs a module with its own temporary directory, after TensorFlow is loaded. */
function runModule(temporary: string, text: string) {
  const head = `
    import { backend, loadTensorFlow, tf } from "./src/tensorflow/backend.ts";
    import { compile } from "./src/tensorflow/compile/compile.ts";
    await loadTensorFlow({ threads: 1 });`;
  return spawnSync(
    process.execPath,
    ["--import", fileURLToPath(import.meta.resolve("tsx")), "--input-type=module", "-e", head + text],
    { cwd: root, env: { ...process.env, TMPDIR: temporary }, encoding: "utf8" },
  );
}

test("A process that is killed while TensorFlow loads a graph leaves nothing in the temporary directory", () => {
  const temporary = createTemporaryFolder("session");
  const { signal, stderr } = runModule(
    temporary,
    `backend().loadSavedModelMetaGraph = () => process.kill(process.pid, "SIGKILL");
     compile((x) => [tf.neg(x)], [tf.ones([2])]);`,
  );
  assert.equal(signal, "SIGKILL", stderr);
  const left = readdirSync(temporary).filter((name) => !name.startsWith("tsx-"));
  assert.deepEqual(left, []);
});

test("A function compiles where the temporary directory cannot be written", () => {
  const missing = join(createTemporaryFolder("session"), "missing");
  const { stdout, stderr } = runModule(
    missing,
    `const negate = compile((x) => [tf.neg(x)], [tf.ones([2])]);
     console.log(negate(tf.ones([2]))[0].dataSync().join());`,
  );
  assert.equal(stdout, "-1,-1\n", stderr);
});
