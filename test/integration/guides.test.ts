import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { copyProject, type ProjectCopy } from "../helpers/project-copy.js";

// Follows docs/adding-a-parameter.md and docs/changing-the-network.md in copies of the project.

const root = fileURLToPath(new URL("../../", import.meta.url));
const small = ["--steps", "3", "--image-size", "8", "--validation-images", "5", "--quiet"];

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

/** Runs a small training in a copy of the project. */
const run = (copy: ProjectCopy, ...flags: string[]): Promise<string> =>
  copy.node("src/cli.ts", "run", ...small, ...flags);

const original = run(copyProject());

test("A parameter added as its guide describes compiles, changes nothing at its default, and is a flag", async () => {
  const copy = copyProject();
  assert.equal(followGuide("adding-a-parameter.md", copy.path), 5);
  await copy.checkTypes();
  assert.equal(await run(copy), await original);
  assert.notEqual(await run(copy, "--weight-decay", "0.5"), await original);
});

test("A network changed as its guide describes compiles, trains, and is another network", async () => {
  const copy = copyProject();
  assert.equal(followGuide("changing-the-network.md", copy.path), 2);
  await copy.checkTypes();
  const rows = await run(copy);
  assert.equal(rows.split("\n").length, (await original).split("\n").length);
  assert.doesNotMatch(rows, /NaN/);
  assert.notEqual(rows, await original);
});
