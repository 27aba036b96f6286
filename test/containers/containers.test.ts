import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createProgram } from "../../src/commands/program.js";

// No registry of images can be reached from a test, so what the files name is checked.

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { version, scripts } = JSON.parse(read("package.json"));
const node = read(".nvmrc").trim();

const recipes = [
  { path: "containers/Dockerfile", image: /^ARG NODE=(\S+)$/m },
  { path: "containers/segloss.def", image: /^From: node:([^-]+)-/m },
];

for (const { path, image } of recipes) {
  const text = read(path);

  test(`${path} has the Node version of .nvmrc`, () => {
    assert.equal(image.exec(text)?.[1], node);
  });

  test(`${path} names existing scripts, commands and flags`, () => {
    for (const [, script = ""] of text.matchAll(/npm run (\w+)/g)) {
      assert.ok(script in scripts, script);
    }
    const commands = new Map(createProgram().commands.map((command) => [command.name(), command]));
    const lines = [...text.matchAll(/\bsegloss(?:-gpu)?(?:\.sif)? ((?:setup|sweep|doctor|run)\b[^\n]*)/g)];
    assert.ok(lines.length >= 3);
    for (const [, line = ""] of lines) {
      const [name = "", ...words] = line.trim().split(/\s+/);
      const flags = commands.get(name)?.options.map(({ long }) => long);
      for (const word of words.filter((one) => one.startsWith("--"))) {
        assert.ok(flags?.includes(word), `segloss ${name} ${word}`);
      }
      if (name === "sweep") {
        assert.ok(existsSync(join(root, "configs", `${words[0]}.json`)), line);
      }
    }
  });

  test(`${path} uses the cache that it sets up`, () => {
    assert.match(text, /segloss setup --device .+ --cache \/opt\/segloss$/m);
    assert.match(text, /SEGLOSS_CACHE=\/opt\/segloss\b/);
  });
}

test("The Apptainer recipe takes the package of this version", () => {
  assert.match(
    read("containers/segloss.def"),
    new RegExp(`^ {4}version=${version.replaceAll(".", "\\.")}$`, "m"),
  );
});

test("The Dockerfile copies files that exist", () => {
  const copied = [...read("containers/Dockerfile").matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, paths = ""]) => paths.split(" "),
  );
  assert.ok(copied.length > 3);
  assert.deepEqual(
    copied.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test("What Docker ignores is not tracked, so that the package's commit is clean", {
  skip: !existsSync(join(root, ".git")),
}, () => {
  const patterns = read(".dockerignore").split("\n").filter(Boolean);
  const ignored = (path: string) =>
    patterns.reduce((isIgnored, pattern) => {
      const body = pattern.replace(/^!/, "");
      const matches = new RegExp(`^${body.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}(/|$)`).test(path);
      return matches ? !pattern.startsWith("!") : isIgnored;
    }, false);
  const tracked = execFileSync("git", ["-C", root, "ls-files"], { encoding: "utf8" }).trim().split("\n");
  assert.deepEqual(tracked.filter(ignored), []);
});
