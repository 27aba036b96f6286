import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

// Compiles one function after the other until it is interrupted; ends as the program does, by a handler.
const busy = `
  import { compile } from "./src/tensorflow/compile.ts";
  import { loadTensorFlow, tf } from "./src/tensorflow/tensorflow.ts";
  await loadTensorFlow({ threads: 1 });
  process.on("SIGINT", () => process.exit(130));
  const x = tf.ones([2]);
  for (let count = 0; ; count++) {
    const program = compile((a) => [tf.add(a, count)], [x]);
    tf.dispose(program(x));
    program.dispose();
    if (count === 3) console.log("busy");
    await new Promise((resolve) => setImmediate(resolve));
  }`;

/** Runs the text above, interrupts it a while after it has begun, and gives its exit code and what it left. */
async function interrupted(
  delay: number,
): Promise<{ readonly code: number | null; readonly left: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "segloss-test-"));
  const child = spawn(
    process.execPath,
    ["--import", fileURLToPath(import.meta.resolve("tsx")), "--input-type=module", "-e", busy],
    { cwd: root, env: { ...process.env, TMPDIR: folder }, stdio: ["ignore", "pipe", "inherit"] },
  );
  child.stdout.once("data", () => setTimeout(() => child.kill("SIGINT"), delay));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  const left = readdirSync(folder).filter((name) => name.startsWith("segloss"));
  rmSync(folder, { recursive: true });
  return { code, left };
}

describe("A program that compiles when Ctrl-C is pressed", () => {
  it("leaves no folder of a graph behind, whenever it comes", async () => {
    for (const delay of [0, 7, 23]) {
      assert.deepEqual(await interrupted(delay), { code: 130, left: [] });
    }
  });
});
