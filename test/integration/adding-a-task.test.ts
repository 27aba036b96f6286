import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { drawBlock } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { initialParameters } from "../../src/study/network/initial-weights.js";
import { streamSeed } from "../../src/study/random.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";
import { copyProjectWithEntry, readGuide } from "../helpers/project-copy.js";
import { lossesOf } from "../helpers/reference-network.js";
import { runOf } from "../helpers/training.js";

// Follows docs/adding-a-task.md in a copy of the project.

const { entry, command } = readGuide("docs/adding-a-task.md");
const { path, node, checkTypes, writeDocs } = copyProjectWithEntry("src/study/tasks/tasks.ts", entry);
const small = ["--image-size", "8", "--validation-images", "5", "--quiet"];

test("The guide's task passes the compiler", checkTypes);

test("npm run docs writes the guide's task into the schema, the tables and the help, and nothing is left to do", async () => {
  assert.deepEqual(await writeDocs(), ["configs/schema.json", "docs/cli.md", "docs/config.md"]);
  const { properties } = JSON.parse(readFileSync(join(path, "configs/schema.json"), "utf8"));
  assert.match(JSON.stringify(properties.task), /"band"/);
  const page = readFileSync(join(path, "docs/config.md"), "utf8");
  assert.match(page, /^\| `band` \| outside a band \| pixels farther than t\/2 from 1\/2/m);
  assert.deepEqual(await writeDocs(), []);
});

test("A run of the guide's task has on step 0 the losses of its images and labels", async () => {
  const args = [...command.with(-1, "1"), ...small];
  const [row = {}]: Record<string, string>[] = parse(await node("src/cli.ts", ...args), { columns: true });
  const wanted = await firstLosses();
  for (const loss of ["cce", "dice", "dicefg"] as const) {
    const error = Math.abs(Number(row[`${loss}_loss`]) / wanted[loss] - 1);
    assert.ok(error < 1e-4, `${loss}: ${row[`${loss}_loss`]}, not ${wanted[loss]}`);
  }
});

/** Returns the losses of step 0, in float64. */
async function firstLosses() {
  await loadTensorFlow({ threads: 1 });
  const { cell } = runOf({ imageSize: 8, threshold: 0.5 });
  const signature = stepSignature(runOf(cell));
  const layout = flatLayout(2, 8);
  return scoped(() => {
    const mask = pixelMask(layout, 0).dataSync();
    const rows = drawBlock(layout, streamSeed(1, 0, "training"), 0, 0).arraySync() as number[][];
    const values = (rows.at(-1) ?? []).filter((_, position) => mask[position] === 1);
    const labels = values.map((x) => (Math.abs(x - 0.5) > 0.25 ? 1 : 0));
    const parameters = initialParameters(signature, [
      { stream: streamSeed(1, 0, "weights"), kink: 0 },
    ]).dataSync();
    return lossesOf(signature, parameters, { batch: 2, size: 8, values }, cell, labels);
  });
}
