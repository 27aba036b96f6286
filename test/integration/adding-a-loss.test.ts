import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { drawBlock } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { lossNames } from "../../src/study/losses.js";
import { flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { initialParameters } from "../../src/study/network/initial-weights.js";
import { streamSeed } from "../../src/study/random.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";
import { copyProjectWithEntry, readGuide } from "../helpers/project-copy.js";
import {
  differences,
  foregroundProbabilities,
  forward,
  labelsOf,
  norm,
} from "../helpers/reference-network.js";
import { runOf } from "../helpers/training.js";

// Follows docs/adding-a-loss.md in a copy of the project.

const { entry, command } = readGuide("docs/adding-a-loss.md");
const { path, node, checkTypes, writeDocs } = copyProjectWithEntry("src/study/losses.ts", entry);
const small = ["--image-size", "8", "--validation-images", "5", "--quiet"];

test("The guide's loss is one entry of fewer than 15 lines, none too long", () => {
  const lines = entry.trimEnd().split("\n");
  assert.ok(lines.length < 15, entry);
  assert.deepEqual(
    lines.filter((line) => line.length > 110),
    [],
  );
});

test("The guide's loss passes the compiler", checkTypes);

test("npm run docs writes the guide's loss into the schema, the tables and the help, and nothing is left to do", async () => {
  assert.deepEqual(await writeDocs(), [
    "configs/schema.json",
    "docs/cli.md",
    "docs/columns.md",
    "docs/config.md",
  ]);
  const { properties } = JSON.parse(readFileSync(join(path, "configs/schema.json"), "utf8"));
  assert.match(JSON.stringify(properties.loss), /"jaccard"/);
  assert.match(JSON.stringify(properties.monitor), /"jaccard"/);
  const columns = readFileSync(join(path, "docs/columns.md"), "utf8");
  assert.match(columns, /^\| `jaccard` \| Jaccard \| 1 - mean over channels .* \| Rahman & Wang 2016 \|$/m);
  assert.deepEqual(await writeDocs(), []);
});

test("A run with the guide's loss records its value and its gradient norm", async () => {
  const args = [...command.with(-1, "2"), ...small];
  const rows: Record<string, string>[] = parse(await node("src/cli.ts", ...args), { columns: true });
  assert.equal(rows.length, 2);
  const [row = {}] = rows;
  const wanted = await firstStep();
  const value = Math.abs(Number(row.jaccard_loss) / wanted.value - 1);
  const norm = Math.abs(Number(row.jaccard_grad_norm) / wanted.norm - 1);
  assert.ok(value < 1e-4, `${row.jaccard_loss}, not ${wanted.value}`);
  assert.ok(norm < 1e-3, `${row.jaccard_grad_norm}, not ${wanted.norm}`);
  assert.equal(row.trained_loss, "jaccard");
});

test("In a figure of all losses the guide's loss has a line that differs from every other", async () => {
  const csv = join(path, "run.csv");
  const figure = join(path, "run.svg");
  const monitor = [...lossNames, "jaccard"];
  const args = ["--monitor", monitor.join(), "--steps", "3", "-o", csv, ...small];
  await node("src/cli.ts", "run", ...args);
  await node("src/cli.ts", "plot", csv, "-o", figure);
  const svg = readFileSync(figure, "utf8");
  const legend = new Map(
    [...svg.matchAll(/<g ([^>]*)aria-label="link"><path/g)].map(([, attributes = ""], index) => [
      legendTexts(svg)[index] ?? assert.fail("a line without a text"),
      lineStyle(attributes),
    ]),
  );
  // The losses and the accuracy.
  assert.equal(legend.size, monitor.length + 1, [...legend.keys()].join());
  assert.equal(new Set(legend.values()).size, legend.size, [...legend].join("; "));
  const drawn = [...svg.matchAll(/aria-label="line"><g[^>]*><g ([^>]*)>/g)].map(([, attributes = ""]) =>
    lineStyle(attributes),
  );
  const own = legend.get("jaccard") ?? assert.fail([...legend.keys()].join());
  assert.equal(drawn.filter((style) => style === own).length, 2, "its norm and its value");
});

/** Returns the texts of a figure's legend. */
function legendTexts(svg: string): string[] {
  const [, texts = ""] = /aria-label="link">.*?<g [^>]*aria-label="text">(.*?)<\/g>/s.exec(svg) ?? [];
  return [...texts.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);
}

/** Returns the color and the dashes of a line. */
function lineStyle(attributes: string): string {
  const [color, dash] = ["stroke", "stroke-dasharray"].map(
    (name) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? "none",
  );
  return `${color} ${dash}`;
}

/** Returns the Jaccard loss and its gradient norm on step 0, in float64. */
async function firstStep(): Promise<{ readonly value: number; readonly norm: number }> {
  await loadTensorFlow({ threads: 1 });
  const signature = stepSignature(runOf({ imageSize: 8 }));
  const layout = flatLayout(2, 8);
  const { images, parameters } = scoped(() => {
    const mask = pixelMask(layout, 0).dataSync();
    const rows = drawBlock(layout, streamSeed(1, 0, "training"), 0, 0).arraySync() as number[][];
    return {
      images: (rows.at(-1) ?? []).filter((_, position) => mask[position] === 1),
      parameters: [
        ...initialParameters(signature, [{ stream: streamSeed(1, 0, "weights"), kink: 0 }]).dataSync(),
      ],
    };
  });
  const batch = { batch: 2, size: 8, values: images };
  const labels = labelsOf(batch, 0.5);
  const jaccard = (moved: ArrayLike<number>): number => {
    const p = foregroundProbabilities(forward(signature, moved, batch).logits);
    const overlap = (foreground: number): number => {
      const intersection = p.map((x, i) => (labels[i] === foreground ? (foreground === 1 ? x : 1 - x) : 0));
      const union = p.map((x, i) => Math.max(foreground === 1 ? x : 1 - x, labels[i] === foreground ? 1 : 0));
      return sum(intersection) / sum(union);
    };
    return 1 - (overlap(0) + overlap(1)) / 2;
  };
  const slopes = differences((moved) => ({ jaccard: jaccard(moved) }), parameters);
  return { value: jaccard(parameters), norm: norm(slopes.jaccard) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
