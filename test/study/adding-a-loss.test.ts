import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import { drawBlock } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { initialParameters } from "../../src/study/network/initial-weights.js";
import { streamSeed } from "../../src/study/random.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";
import {
  differences,
  foregroundProbabilities,
  forward,
  labelsOf,
  norm,
} from "../helpers/reference-network.js";
import { runOf } from "../helpers/training.js";

// Does what docs/adding-a-loss.md says, in a copy of the source.

const root = fileURLToPath(new URL("../../", import.meta.url));
const guide = readFileSync(join(root, "docs/adding-a-loss.md"), "utf8");
const entry = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? assert.fail("the guide has no entry");
const [, command = assert.fail("the guide has no command")] = /^ {4}npx segloss (run .*)$/m.exec(guide) ?? [];
const small = ["--image-size", "8", "--validation-images", "5"];
const copy = mkdtempSync(join(tmpdir(), "segloss-test-"));

before(() => {
  for (const path of ["src", "package.json", "tsconfig.json"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");
  const losses = join(copy, "src/study/losses.ts");
  const table = readFileSync(losses, "utf8");
  const end = /^\} as const satisfies/m;
  assert.match(table, end);
  writeFileSync(losses, table.replace(end, `${entry}} as const satisfies`));
});

after(() => rmSync(copy, { recursive: true }));

/** Runs Node in the copy and gives what it prints. */
async function node(...args: string[]): Promise<string> {
  const tsx = fileURLToPath(import.meta.resolve("tsx"));
  return (await promisify(execFile)(process.execPath, ["--import", tsx, ...args], { cwd: copy })).stdout;
}

//@@ describe("The guide to adding a loss", () => {
test("needs fewer than 15 lines in one file", () => {
  assert.ok(entry.trimEnd().split("\n").length < 15, entry);
  assert.ok(
    entry.split("\n").every((line) => line.length <= 110),
    "a line is too long",
  );
});

test("gives a program that the compiler accepts", async () => {
  writeFileSync(join(copy, "tsconfig.source.json"), '{ "extends": "./tsconfig.json", "include": ["src"] }');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.source.json"], { cwd: copy });
});

test("puts the loss into the schema of configs, the flags and the help", async () => {
  const schema =
    'import("./src/config/schema.ts").then(({ jsonSchema }) => console.log(JSON.stringify(jsonSchema())))';
  const { properties } = JSON.parse(await node("-e", schema));
  assert.match(JSON.stringify(properties.loss), /"jaccard"/);
  assert.match(JSON.stringify(properties.monitor), /"jaccard"/);
  assert.match(await node("src/cli.ts", "run", "--help"), /jaccard/);
});

test("puts it into the header, and its value and its gradient's norm into the rows", async () => {
  const args = [...command.replace(/--steps \d+/, "--steps 2").split(" "), ...small];
  const rows: Record<string, string>[] = parse(await node("src/cli.ts", ...args), { columns: true });
  assert.equal(rows.length, 2);
  const [row = {}] = rows;
  const wanted = await firstStep();
  assert.ok(
    Math.abs(Number(row.jaccard_loss) / wanted.value - 1) < 1e-4,
    `${row.jaccard_loss}, not ${wanted.value}`,
  );
  assert.ok(
    Math.abs(Number(row.jaccard_grad_norm) / wanted.norm - 1) < 1e-3,
    `${row.jaccard_grad_norm}, not ${wanted.norm}`,
  );
  assert.equal(row.trained_loss, "jaccard");
});

/** The Jaccard loss and its gradient's norm on step 0, in float64. */
async function firstStep(): Promise<{ readonly value: number; readonly norm: number }> {
  await loadTensorFlow({ threads: 1 });
  const program = stepSignature(runOf({ imageSize: 8 }));
  const frame = flatLayout(2, 8);
  const { images, parameters } = scoped(() => {
    const mask = pixelMask(frame, 0).dataSync();
    const rows = drawBlock(frame, streamSeed(1, 0, "training"), 0, 0).arraySync() as number[][];
    return {
      images: (rows.at(-1) ?? []).filter((_, position) => mask[position] === 1),
      parameters: [...initialParameters(program, [streamSeed(1, 0, "weights")]).dataSync()],
    };
  });
  const seen = { batch: 2, size: 8, values: images };
  const labels = labelsOf(seen, 0.5);
  const jaccard = (moved: ArrayLike<number>): number => {
    const p = foregroundProbabilities(forward(program, moved, seen).logits);
    const overlap = (foreground: number): number => {
      const hits = p.map((x, i) => (labels[i] === foreground ? (foreground === 1 ? x : 1 - x) : 0));
      const either = p.map((x, i) =>
        Math.max(foreground === 1 ? x : 1 - x, labels[i] === foreground ? 1 : 0),
      );
      return sum(hits) / sum(either);
    };
    return 1 - (overlap(0) + overlap(1)) / 2;
  };
  const slopes = differences((moved) => ({ jaccard: jaccard(moved) }), parameters);
  return { value: jaccard(parameters), norm: norm(slopes.jaccard) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
