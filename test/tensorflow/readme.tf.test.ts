import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const folder = fileURLToPath(new URL("../../src/tensorflow/", import.meta.url));

test("The examples of src/tensorflow/README.md run, and their scan has the bits of their plain loop", () => {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n([^`]*)^```/gm)].map(([, code = ""]) => code);
  assert.equal(blocks.length, 3);
  const index = pathToFileURL(join(folder, "index.ts")).href;
  const program = `${blocks.join("\n").replaceAll('"./index.js"', JSON.stringify(index))}
    const numbers = (tensor: Tensor) => [...tensor.dataSync()];
    const results = [train(examples, 3, 9), plainLoop(examples, 3, 9)];
    console.log(JSON.stringify({
      product: numbers(product),
      total: numbers(total),
      scans: results.map((result) => [numbers(result.carry.weights), numbers(result.ys.loss)]),
    }));
    disposeRecords(carry, ys);`;
  const file = join(createTemporaryFolder("readme"), "example.mts");
  writeFileSync(file, program);
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), file], {
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  const { product, total, scans } = JSON.parse(stdout);
  assert.deepEqual([product, total], [[3, 3, 3, 3], [6]]);
  assert.deepEqual(scans[0], scans[1]);
  assert.equal(scans[0][1].filter((loss: number) => loss !== 0).length, 6);
});
