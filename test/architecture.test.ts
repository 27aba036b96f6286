import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** The rooms that each room may import. Every room may import the files beside the rooms. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "": ["commands", "config", "results", "runner", "terminal"],
  api: ["commands", "config", "results", "runner", "study", "tensorflow"],
  commands: [
    "config",
    "results",
    "runner",
    "analysis",
    "figures",
    "report",
    "export",
    "doctor",
    "setup",
    "study",
    "terminal",
    "cluster",
    "watch",
  ],
  watch: ["config", "results", "analysis", "figures", "explorer", "study"],
  cluster: ["config", "results", "tensorflow"],
  runner: ["config", "results", "study", "tensorflow", "terminal"],
  doctor: ["results", "tensorflow"],
  setup: ["results", "tensorflow", "terminal"],
  report: ["config", "results", "analysis", "figures", "explorer", "study", "terminal"],
  export: ["config", "results", "analysis", "study", "tensorflow", "terminal"],
  explorer: ["config", "results", "analysis", "figures"],
  figures: ["config", "results", "analysis", "study", "terminal"],
  analysis: ["config", "results", "study"],
  results: ["config", "study"],
  config: ["study"],
  study: ["tensorflow"],
  tensorflow: [],
  terminal: [],
};

interface Import {
  /** Path of the importing file from src/. */
  readonly file: string;
  /** The module's name as written. */
  readonly name: string;
  /** Path of the imported file from src/; undefined for a package and for a file outside. */
  readonly target: string | undefined;
  readonly isType: boolean;
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);
const texts = new Map(files.map((file) => [file, readFileSync(join(source, file), "utf8")]));
const imports = files.flatMap(importsOf);

/** Returns static imports and re-exports, and the dynamic ones whose target is a literal. */
function importsOf(file: string): Import[] {
  const text = texts.get(file) ?? "";
  const fixed = [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm)];
  const dynamic = [...text.matchAll(/\b(?:import|require)\(\s*"([^"]+)"/g)];
  return [
    ...fixed.map(([, type, name = ""]) => ({ file, name, isType: type !== undefined })),
    ...dynamic.map((match) => ({
      file,
      name: match[1] ?? "",
      // `typeof import("...")` is a type.
      isType: text.slice(0, match.index).trimEnd().endsWith("typeof"),
    })),
  ].map((found) => ({ ...found, target: targetOf(file, found.name) }));
}

function targetOf(file: string, name: string): string | undefined {
  const path = normalize(join(dirname(file), name)).replace(/\.js$/, ".ts");
  return name.startsWith(".") && !relative(".", path).startsWith("..") ? path : undefined;
}

function roomOf(file: string): string {
  const parts = file.split(sep);
  return parts.length > 1 ? (parts[0] ?? "") : "";
}

function duplicates(names: readonly (readonly [name: string, file: string])[]): string[] {
  const owners = new Map<string, Set<string>>();
  for (const [name, file] of names) {
    owners.set(name, (owners.get(name) ?? new Set()).add(file));
  }
  return [...owners]
    .filter(([, found]) => found.size > 1)
    .map(([name, found]) => `${name}: ${[...found].join(", ")}`);
}

describe("The source", () => {
  it("has exactly the rooms whose imports are described here", () => {
    assert.deepEqual([...new Set(files.map(roomOf))].sort(), Object.keys(arrows).sort());
    assert.ok(imports.length > 200, `only ${imports.length} imports were found`);
  });

  for (const [room, allowed] of Object.entries(arrows)) {
    it(`lets ${room === "" ? "the program" : room} import ${allowed.join(", ") || "no other room"}`, () => {
      const wrong = imports.filter(({ file, target }) => {
        const other = target === undefined ? room : roomOf(target);
        return roomOf(file) === room && other !== room && other !== "" && !allowed.includes(other);
      });
      assert.deepEqual(
        wrong.map(({ file, name }) => `${file} imports ${name}`),
        [],
      );
    });
  }

  it("imports TensorFlow's packages as values in src/tensorflow alone, and only when it is asked to load them", () => {
    const values = imports.filter(({ name, isType }) => name.startsWith("@tensorflow/") && !isType);
    assert.deepEqual(
      values.filter(({ file }) => roomOf(file) !== "tensorflow"),
      [],
    );
    const atOnce = values.filter(({ file, name }) =>
      new RegExp(`^import.*"${name}"`, "m").test(texts.get(file) ?? ""),
    );
    assert.deepEqual(atOnce, []);
  });

  it("imports src/tensorflow from its index alone", () => {
    const deeper = imports.filter(
      ({ file, target }) =>
        roomOf(file) !== "tensorflow" &&
        target !== undefined &&
        roomOf(target) === "tensorflow" &&
        target !== join("tensorflow", "index.ts"),
    );
    assert.deepEqual(
      deeper.map(({ file, name }) => `${file} imports ${name}`),
      [],
    );
  });

  it("has no import cycle, of values or of types", () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), [...path, file].join(" -> "));
      if (!done.has(file)) {
        for (const { target } of imports.filter((item) => item.file === file)) {
          if (target !== undefined && texts.has(target)) {
            visit(target, [...path, file]);
          }
        }
        done.add(file);
      }
    };
    for (const file of files) {
      visit(file, []);
    }
  });

  it("defines every exported name once", () => {
    const definition = /^export (?:async |declare )?(?:function|const|let|interface|type|class) ([\w$]+)/gm;
    const names = files.flatMap((file) =>
      [...(texts.get(file) ?? "").matchAll(definition)].map(([, name = ""]) => [name, file] as const),
    );
    assert.ok(names.length > 200, `only ${names.length} exported names were found`);
    assert.deepEqual(duplicates(names), []);
  });

  it("writes no helper twice", () => {
    // Functions of one name and one body, in whichever files, have one owner.
    const definition = /^(?:export )?(?:async )?function ([\w$]+)[\s\S]*?^\}/gm;
    const bodies = files.flatMap((file) =>
      [...(texts.get(file) ?? "").matchAll(definition)].map(
        ([text]) => [text.replace(/^export /, "").replace(/\s+/g, " "), file] as const,
      ),
    );
    assert.ok(bodies.length > 400, `only ${bodies.length} functions were found`);
    assert.deepEqual(duplicates(bodies), []);
  });

  it("keeps a folder to about a dozen files", () => {
    const counts = new Map<string, number>();
    for (const file of files) {
      counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    }
    assert.deepEqual(
      [...counts].filter(([, count]) => count > 16),
      [],
    );
  });
});
