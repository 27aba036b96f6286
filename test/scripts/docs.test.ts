import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generatedFiles } from "../../scripts/docs/files.js";
import { fillSections } from "../../scripts/docs/sections.js";
import { gridCells, gridRuns } from "../../src/config/grid.js";
import { loadConfig } from "../../src/config/load.js";
import { lossNames } from "../../src/study/losses.js";
import { taskNames } from "../../src/study/tasks/tasks.js";
import { fileWith } from "../helpers/configs.js";

test("Everything generated in docs and configs is current", () => {
  const stale = generatedFiles()
    .filter(({ isCurrent }) => !isCurrent)
    .map(({ path }) => path);
  assert.deepEqual(stale, [], "run npm run docs");
});

test("The pages contain every loss, task, key, config and command", () => {
  const pages = new Map(generatedFiles().map(({ path, text }) => [path, text]));
  for (const loss of lossNames) {
    assert.match(pages.get("docs/columns.md") ?? "", new RegExp(`^\\| \`${loss}\` \\|`, "m"));
    assert.match(pages.get("docs/config.md") ?? "", new RegExp(`^\\| \`${loss}\` \\|`, "m"));
  }
  for (const task of taskNames) {
    assert.match(pages.get("docs/config.md") ?? "", new RegExp(`^\\| \`${task}\` \\|`, "m"));
  }
  for (const row of [
    "| `evaluateWith` |",
    "| `monitor` |",
    "| [quick.json](../configs/quick.json) | 6 | 12 |",
  ]) {
    assert.ok(pages.get("docs/config.md")?.includes(row), row);
  }
  for (const command of ["sweep", "run", "plot", "report", "doctor"]) {
    assert.match(pages.get("docs/cli.md") ?? "", new RegExp(`^Usage: segloss ${command} `, "m"));
  }
});

test("A section is filled in anew and the rest of its page is left alone", () => {
  const sections = new Map([["name", (page: string) => `from ${page}`]]);
  const page = "before\n<!-- generated: name -->\nold\n<!-- end -->\nafter <!-- end -->\n";
  const filled = fillSections(page, "a.md", sections);
  assert.equal(filled, "before\n<!-- generated: name -->\n\nfrom a.md\n\n<!-- end -->\nafter <!-- end -->\n");
  assert.equal(fillSections(filled, "a.md", sections), filled);
});

test("A section of an unknown name is an error that names the page and the known ones", () => {
  const page = "<!-- generated: nmae -->\n<!-- end -->";
  assert.throws(
    () => fillSections(page, "a.md", new Map([["name", () => ""]])),
    /a\.md: .*"nmae", only name/,
  );
});

test("The example of docs/config.md has as many cells and runs as the page says", () => {
  const page = readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8");
  const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
  const [, cells, runs] = /This config has (\d+) cells and (\d+) runs/.exec(page) ?? [];
  const loaded = loadConfig(fileWith(example));
  assert.ok("config" in loaded, JSON.stringify(loaded));
  assert.deepEqual(
    [gridCells(loaded.config).length, gridRuns(loaded.config).length],
    [Number(cells), Number(runs)],
  );
});
