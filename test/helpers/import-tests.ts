import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * Imports, and so runs in this process, one of several parts, about equally long, of the tests that drive functions: "unit" is all that need
 * neither TensorFlow, nor a built program, a browser or other programs; "tensorflow" is all that load TensorFlow
 * (*.tf.test.ts). A process for each file, as `node --test` starts, would take longer than the tests.
 */
export async function importTests(kind: "unit" | "tensorflow", part: number, parts: number): Promise<void> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => !/^(integration|hostile|scripts)\//.test(file))
    .filter((file) => file.endsWith(".tf.test.ts") === (kind === "tensorflow"))
    .map((file) => ({ file, bytes: statSync(join(root, file)).size }))
    .sort((a, b) => b.bytes - a.bytes || (a.file < b.file ? -1 : 1));
  // Dealt out by size, to and fro, so that no part has the larger of every two.
  for (const [index, { file }] of files.entries()) {
    const place = index % (2 * parts);
    if (part === Math.min(place, 2 * parts - 1 - place)) {
      await import(join(root, file));
    }
  }
}
