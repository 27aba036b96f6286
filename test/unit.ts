/**
 * Runs the unit tests in one process: `npm run test:unit`. These are all test files but those that need TensorFlow
 * (*.tf.test.ts), a built program, a browser or other programs (test/integration, test/hostile, test/scripts). A process for each file, as
 * `node --test` starts, would take longer than the tests.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && !file.endsWith(".tf.test.ts"))
  .filter((file) => !/^(integration|hostile|scripts)\//.test(file))
  .sort();

for (const file of files) {
  await import(join(folder, file));
}
