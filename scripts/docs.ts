/** Writes everything that is generated, in place: `npm run docs`. */
import { writeFileSync } from "node:fs";
import { generatedFiles } from "./docs/files.js";

for (const { path, text, isCurrent } of await generatedFiles()) {
  if (!isCurrent) {
    writeFileSync(path, text);
    process.stdout.write(`${path}\n`);
  }
}
