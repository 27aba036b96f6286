import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../src/", import.meta.url));

/** The rooms that each room may call. Every room may call the files beside the rooms. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "": ["commands", "config", "results", "terminal"],
  commands: ["config", "results", "runner", "analysis", "figures", "report", "doctor", "study", "terminal"],
  runner: ["config", "results", "study", "tensorflow", "terminal"],
  doctor: ["results", "tensorflow"],
  report: ["config", "results", "analysis", "figures", "study", "terminal"],
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
  readonly from: string;
  readonly typeOnly: boolean;
}

function files(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
}

/** Static imports and re-exports, and the dynamic ones whose target is written out. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), "utf8");
  const fixed = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = text.matchAll(/\b(?:import|require)\(\s*"([^"]+)"/g);
  return [
    ...[...fixed].map(([, type, from = ""]) => ({ file, from, typeOnly: type !== undefined })),
    // `typeof import("...")` is a type.
    ...[...dynamic].map((match) => ({
      file,
      from: match[1] ?? "",
      typeOnly: text.slice(0, match.index).trimEnd().endsWith("typeof"),
    })),
  ];
}

function roomOf(file: string): string {
  const parts = file.split(sep);
  return parts.length > 1 ? (parts[0] ?? "") : "";
}

/** Where in src/ a relative import leads; undefined for a package and for what lies outside. */
function targetOf({ file, from }: Import): string | undefined {
  const path = relative(source, join(dirname(join(source, file)), from));
  return from.startsWith(".") && !path.startsWith("..") ? path : undefined;
}

const all = files().flatMap(importsOf);

describe("The source", () => {
  it("is found, with its imports, in every room", () => {
    assert.deepEqual([...new Set(files().map(roomOf))].sort(), Object.keys(arrows).sort());
    assert.ok(all.length > 200, `only ${all.length} imports`);
  });

  it("imports TensorFlow's packages as values in src/tensorflow alone, and there only when asked to load", () => {
    const values = all.filter(({ from, typeOnly }) => from.startsWith("@tensorflow/") && !typeOnly);
    assert.deepEqual(
      values.filter(({ file }) => roomOf(file) !== "tensorflow"),
      [],
    );
    const atOnce = values.filter(({ file, from }) =>
      new RegExp(`^import.*"${from}"`, "m").test(readFileSync(join(source, file), "utf8")),
    );
    assert.deepEqual(atOnce, []);
  });

  for (const [room, allowed] of Object.entries(arrows)) {
    it(`lets ${room === "" ? "the program" : room} call ${allowed.join(", ") || "no other room"}`, () => {
      const wrong = all
        .filter(({ file }) => roomOf(file) === room)
        .map((item) => ({ ...item, to: targetOf(item) }))
        .filter(({ to }) => {
          const other = to === undefined ? room : roomOf(to);
          return other !== room && other !== "" && !allowed.includes(other);
        });
      assert.deepEqual(
        wrong.map(({ file, from }) => `${file} imports ${from}`),
        [],
      );
    });
  }

  it("has arrows that lead round to no room again", () => {
    const reaches = (room: string, seen: readonly string[] = []): void => {
      assert.ok(!seen.includes(room), [...seen, room].join(" -> "));
      for (const next of arrows[room] ?? []) {
        reaches(next, [...seen, room]);
      }
    };
    reaches("");
  });
});
