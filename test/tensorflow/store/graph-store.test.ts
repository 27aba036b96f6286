import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readGraph, writeGraph } from "../../../src/tensorflow/store/graph-store.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const graph = {
  facts: { length: 250, carry: { paths: ["x", "Größe"], skeleton: { x: 0, absent: null, list: [1] } } },
  model: Uint8Array.from({ length: 300 }, (_, index) => index % 251),
};

/** Writes the graph to a new folder. */
function storedGraph(): { readonly folder: string; readonly path: string } {
  const folder = createTemporaryFolder("graphs");
  const path = join(folder, "a.graph");
  writeGraph(path, graph);
  return { folder, path };
}

function assertWhole(path: string): void {
  const found = readGraph(path);
  assert.deepEqual(found && { ...found, model: new Uint8Array(found.model) }, graph);
}

test("A graph is read as it was written, and nothing else is in its folder", () => {
  const { folder, path } = storedGraph();
  assertWhole(path);
  assert.deepEqual(readdirSync(folder), ["a.graph"]);
  assert.equal(readGraph(join(folder, "b.graph")), undefined);
});

test("A graph of which any one byte has changed is not read", () => {
  const { path } = storedGraph();
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(path, changed);
    assert.equal(readGraph(path), undefined, `byte ${at}`);
  }
  writeFileSync(path, bytes);
  assertWhole(path);
});

test("A graph that is cut off anywhere, or longer than it was, is not read", () => {
  const { path } = storedGraph();
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1)]));
  assert.equal(readGraph(path), undefined);
  for (let length = bytes.length - 1; length >= 0; length--) {
    truncateSync(path, length);
    assert.equal(readGraph(path), undefined, `${length} bytes`);
  }
});

const damages: Readonly<Record<string, (path: string) => void>> = {
  "a file of zeros": (path) => writeFileSync(path, Buffer.alloc(500)),
  "a file that ends in zeros": (path) => writeFileSync(path, readFileSync(path).fill(0, 200)),
  "an empty file": (path) => writeFileSync(path, ""),
  "a link to nothing": (path) => symlinkSync("nothing", path),
  "a folder": (path) => mkdirSync(path),
  "a folder with files": (path) => {
    mkdirSync(path);
    writeFileSync(join(path, "file"), "text");
  },
};
for (const [damage, make] of Object.entries(damages)) {
  test(`In place of ${damage} a graph is not read and can be written`, () => {
    const folder = createTemporaryFolder("graphs");
    const path = join(folder, "a.graph");
    if (damage.includes("ends in")) {
      writeGraph(path, graph);
    }
    make(path);
    assert.equal(readGraph(path), undefined);
    writeGraph(path, graph);
    assertWhole(path);
    assert.deepEqual(readdirSync(folder), ["a.graph"]);
  });
}

test("Where no file can be written none is, and nothing fails", () => {
  const folder = createTemporaryFolder("graphs");
  // A file as folder: not even root can create a file there.
  for (const path of [join(folder, "missing/a.graph"), "/dev/null/a.graph"]) {
    writeGraph(path, graph);
    assert.equal(readGraph(path), undefined);
  }
  assert.deepEqual(readdirSync(folder), []);
});

test("A folder has at most 200 graphs, abandoned ones included: the oldest are removed, and no other file", () => {
  const { folder, path } = storedGraph();
  const abandoned = join(folder, "b.graph.0123.tmp");
  const others = Array.from({ length: 210 }, (_, index) => join(folder, `${index}.graph`));
  for (const [age, file] of [...others, join(folder, "program.pb"), abandoned].entries()) {
    writeFileSync(file, "");
    utimesSync(file, 1e9 - age, 1e9 - age);
  }
  writeGraph(path, graph);
  assertWhole(path);
  const left = readdirSync(folder);
  assert.equal(left.length, 201);
  assert.deepEqual(
    ["0.graph", "198.graph", "199.graph", "b.graph.0123.tmp", "program.pb"].map((name) =>
      left.includes(name),
    ),
    [true, true, false, false, true],
  );
});

test("Processes that write the same graph at once leave it whole, and read it whole or not at all", async () => {
  const { folder, path } = storedGraph();
  const text = `
    import assert from "node:assert/strict";
    import { readGraph, writeGraph } from "./src/tensorflow/store/graph-store.ts";
    const model = new Uint8Array(1e5).fill(7);
    for (let time = 0; time < 200; time++) {
      writeGraph(process.argv[1], { facts: [1], model });
      const found = readGraph(process.argv[1]);
      assert.ok(found === undefined || found.model.every((byte) => byte === 7));
    }`;
  writeGraph(path, { facts: [1], model: new Uint8Array(1e5).fill(7) });
  const run = promisify(execFile);
  const tsx = fileURLToPath(import.meta.resolve("tsx"));
  const cwd = fileURLToPath(new URL("../../../", import.meta.url));
  const flags = ["--import", tsx, "--input-type=module", "-e", text, path];
  await Promise.all([1, 2, 3].map(() => run(process.execPath, flags, { cwd })));
  assert.equal(readGraph(path)?.model.length, 1e5);
  assert.deepEqual(readdirSync(folder), ["a.graph"]);
});
