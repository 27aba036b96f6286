import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gridCells } from "../../src/config/grid.js";
import { parseJsonc } from "../../src/config/json.js";
import { loadConfig } from "../../src/config/load.js";
import { type ConfigKey, parameterKeys, ruleOf, settings } from "../../src/config/parameters.js";
import { orThrow } from "../../src/config/problems.js";
import { type Loss, losses, lossNames } from "../../src/study/losses.js";
import { measureNames, measures } from "../../src/study/measures.js";
import { taskNames, tasks } from "../../src/study/tasks/tasks.js";

/** Returns the table of losses, from their entries in src/study/losses.ts. */
export function lossTable(): string {
  const rows = lossNames.map((name) => {
    const { title, formula, reference }: Loss = losses[name];
    return [code(name), title, formula, reference ?? ""];
  });
  return table(["loss", "name", "definition", "from"], rows);
}

/** Returns the table of the losses' names alone. */
export function lossNameTable(): string {
  return table(
    ["loss", "name"],
    lossNames.map((name) => [code(name), losses[name].title]),
  );
}

/** Returns the table of measures, from their entries in src/study/measures.ts. */
export function measureTable(): string {
  const rows = measureNames.map((name) => [code(name), measures[name].title, measures[name].formula]);
  return table(["measure", "name", "definition"], rows);
}

/** Returns the table of tasks, from their entries in src/study/tasks/tasks.ts. */
export function taskTable(): string {
  return table(
    ["task", "name", "foreground"],
    taskNames.map((name) => [code(name), tasks[name].title, tasks[name].definition]),
  );
}

/** Returns the table of a cell's parameters, from src/config/parameters.ts. */
export function parameterTable(): string {
  return keyTable(parameterKeys);
}

/** Returns the table of a config's other keys. */
export function settingTable(): string {
  return keyTable(Object.keys(settings) as ConfigKey[]);
}

/**
 * Returns the table of configs, from the smallest to the largest, each with its own description.
 *
 * @param linkOf the path of a file as the page links it
 */
export function configTable(files: readonly string[], linkOf: (file: string) => string): string {
  const configs = files.map((file) => {
    const { config } = orThrow(loadConfig(file));
    const cells = gridCells(config).length;
    return { file, cells, runs: cells * config.runs, purpose: descriptionOf(file) };
  });
  const rows = configs
    .toSorted((a, b) => a.runs - b.runs || (a.file < b.file ? -1 : 1))
    .map(({ file, cells, runs, purpose }) => [
      `[${basename(file)}](${linkOf(file)})`,
      String(cells),
      String(runs),
      purpose,
    ]);
  return table(["config", "cells", "runs", "purpose"], rows);
}

function descriptionOf(file: string): string {
  const parsed = parseJsonc(readFileSync(file, "utf8"));
  const value: unknown = "value" in parsed ? parsed.value : undefined;
  if (typeof value !== "object" || value === null || !("description" in value)) {
    throw new Error(`${file} has no description`);
  }
  return String(value.description);
}

function keyTable(keys: readonly ConfigKey[]): string {
  const rows = keys.map((key) => {
    const { allowed, default: standard, help } = ruleOf(key);
    return [code(key), allowed, code(JSON.stringify(standard)), help];
  });
  return table(["key", "allowed", "default", "meaning"], rows);
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Returns a table in Markdown. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
