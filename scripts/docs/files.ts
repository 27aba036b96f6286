import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonSchema } from "../../src/config/schema.js";
import { commandHelp } from "./help.js";
import { fillSections } from "./sections.js";
import {
  configTable,
  lossNameTable,
  lossTable,
  measureTable,
  parameterTable,
  settingTable,
  taskTable,
} from "./tables.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A file that is generated, in whole or in its sections. */
export interface GeneratedFile {
  readonly path: string;
  /** What it has to contain. */
  readonly text: string;
  readonly isCurrent: boolean;
}

/**
 * Returns every generated file as the program has it now: the JSON Schema of configs, and the pages with sections between
 * `<!-- generated: NAME -->` and `<!-- end -->`. Throws if a page has a section of an unknown name.
 */
export function generatedFiles(): readonly GeneratedFile[] {
  const schema = join(root, "configs/schema.json");
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`),
  ]
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(root, name));
  const sections = createSections();
  return [
    generatedFile(schema, () => `${JSON.stringify(jsonSchema(), null, 2)}\n`),
    ...pages.map((page) => generatedFile(page, (before) => fillSections(before, page, sections))),
  ];
}

/** Returns the generated sections by their names. */
function createSections(): ReadonlyMap<string, (page: string) => string> {
  const configs = readdirSync(join(root, "configs"))
    .filter((name) => name !== "schema.json")
    .map((name) => join(root, "configs", name));
  return new Map([
    ["losses", lossTable],
    ["loss-names", lossNameTable],
    ["measures", measureTable],
    ["tasks", taskTable],
    ["parameters", parameterTable],
    ["settings", settingTable],
    ["configs", (page: string) => configTable(configs, (file) => relative(join(page, ".."), file))],
    ["commands", commandHelp],
  ]);
}

function generatedFile(path: string, generate: (before: string) => string): GeneratedFile {
  const before = readFileSync(path, "utf8");
  const text = generate(before);
  return { path: relative(root, path), text, isCurrent: text === before };
}
