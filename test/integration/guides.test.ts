import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// Follows docs/adding-a-parameter.md and docs/changing-the-network.md in copies of the project.

const root = fileURLToPath(new URL("../../", import.meta.url));
const copies: string[] = [];
const small = ["--steps", "3", "--image-size", "8", "--validation-images", "5", "--quiet"];

after(() => {
  for (const copy of copies) {
    rmSync(copy, { recursive: true });
  }
});

/** Copies the project. */
function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "segloss-test-"));
  copies.push(copy);
  for (const path of ["src", "native", "package.json", "tsconfig.json"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");
  writeFileSync(join(copy, "tsconfig.source.json"), '{ "extends": "./tsconfig.json", "include": ["src"] }');
  return copy;
}

/** Makes the changes that a guide describes. Fails if a line that it names is not in its file exactly once. */
function followGuide(page: string, copy: string): number {
  const guide = readFileSync(join(root, "docs", page), "utf8");
  const change =
    /^In \[([^\]]+)\]\([^)]+\), (after|before|replace) the line `([^`]+)`(?: with)?:\n\n```ts\n([\s\S]*?)```/gm;
  const changes = [...guide.matchAll(change)];
  for (const [, file = "", place, line = "", code = ""] of changes) {
    const path = join(copy, file);
    const parts = readFileSync(path, "utf8").split(`\n${line}\n`);
    assert.equal(parts.length, 2, `${file} has this line ${parts.length - 1} times: ${line}`);
    const between = { after: `${line}\n${code}`, before: `${code}${line}\n`, replace: code }[place ?? ""];
    writeFileSync(path, parts.join(`\n${between}`));
  }
  return changes.length;
}

async function compile(copy: string): Promise<void> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "-p", "tsconfig.source.json"], { cwd: copy });
}

async function run(folder: string, ...flags: string[]): Promise<string> {
  const words = ["--import", fileURLToPath(import.meta.resolve("tsx")), "src/cli.ts", "run", ...small];
  return (await promisify(execFile)(process.execPath, [...words, ...flags], { cwd: folder })).stdout;
}

const original = run(root);

test("A parameter added as its guide describes compiles, changes nothing at its default, and is a flag", async () => {
  const copy = copyProject();
  assert.equal(followGuide("adding-a-parameter.md", copy), 5);
  await compile(copy);
  assert.equal(await run(copy), await original);
  assert.notEqual(await run(copy, "--weight-decay", "0.5"), await original);
});

test("A network changed as its guide describes compiles, trains, and is another network", async () => {
  const copy = copyProject();
  assert.equal(followGuide("changing-the-network.md", copy), 2);
  await compile(copy);
  const rows = await run(copy);
  assert.equal(rows.split("\n").length, (await original).split("\n").length);
  assert.doesNotMatch(rows, /NaN/);
  assert.notEqual(rows, await original);
});
