import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * Imports, and so runs in this process, one of several equal parts of the unit tests. These are all test files but those
 * that need TensorFlow (*.tf.test.ts), a built program, a browser or other programs (test/integration, test/hostile,
 * test/scripts). A process for each file, as `node --test` starts, would take longer than the tests.
 */
export async function importUnitTests(part: number, parts: number): Promise<void> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.endsWith(".tf.test.ts"))
    .filter((file) => !/^(integration|hostile|scripts)\//.test(file))
    .sort();
  for (const file of files.filter((_, index) => index % parts === part)) {
    await import(join(root, file));
  }
}
