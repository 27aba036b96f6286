import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A copy of the project's sources, docs and configs, in which the tests of the guides do what these say. */
export interface ProjectCopy {
  readonly path: string;
  /** Runs Node with TypeScript in the copy. Returns what it prints. */
  readonly node: (...args: string[]) => Promise<string>;
  /** Throws the compiler's messages if the sources have a type error. */
  readonly checkTypes: () => Promise<void>;
  /** Does what `npm run docs` does. Returns the files that it wrote, sorted. */
  readonly writeDocs: () => Promise<string[]>;
}

/** Copies the project. The copy is removed after the test file. */
export function copyProject(): ProjectCopy {
  const path = mkdtempSync(join(tmpdir(), "segloss-test-"));
  after(() => rmSync(path, { recursive: true }));
  const folders = ["src", "scripts", "native", "docs", "configs"];
  for (const name of [...folders, "README.md", "CONTRIBUTING.md", "package.json", "tsconfig.json"]) {
    cpSync(join(root, name), join(path, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(path, "node_modules"), "dir");
  const run = promisify(execFile);
  const node: ProjectCopy["node"] = async (...args) =>
    (await run(process.execPath, ["--import", import.meta.resolve("tsx"), ...args], { cwd: path })).stdout;
  return {
    path,
    node,
    async checkTypes() {
      const config = '{ "extends": "./tsconfig.json", "include": ["src"] }';
      writeFileSync(join(path, "tsconfig.source.json"), config);
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      await run(process.execPath, [tsc, "-p", "tsconfig.source.json"], { cwd: path });
    },
    async writeDocs() {
      const { scripts } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      const [, script = assert.fail()] = /^tsx (\S+)$/.exec(scripts.docs) ?? assert.fail(scripts.docs);
      return (await node(script))
        .split("\n")
        .filter((line) => line !== "")
        .sort();
    },
  };
}

/** Copies the project, adding `entry` at the end of the table of a source file. */
export function copyProjectWithEntry(tableFile: string, entry: string): ProjectCopy {
  const copy = copyProject();
  const file = join(copy.path, tableFile);
  const table = readFileSync(file, "utf8");
  const end = /^\} as const satisfies/m;
  assert.match(table, end);
  writeFileSync(file, table.replace(end, `${entry}} as const satisfies`));
  return copy;
}

/** Returns the code of a guide's entry and the arguments of its command. */
export function readGuide(page: string): { readonly entry: string; readonly command: readonly string[] } {
  const guide = readFileSync(join(root, page), "utf8");
  const entry = /```ts\n(.*?)```/s.exec(guide)?.[1] ?? assert.fail(`${page} has no entry`);
  const [, command = assert.fail(`${page} has no command`)] = /^ {4}npx segloss (run .*)$/m.exec(guide) ?? [];
  return { entry, command: command.split(" ") };
}
