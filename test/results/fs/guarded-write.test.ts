import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SeglossError } from "../../../src/errors.js";
import { writeGuarded } from "../../../src/results/fs/guarded-write.js";
import { temporaryFolder } from "../../helpers/configs.js";

function refused(root: string, path: string, message: RegExp): void {
  assert.throws(
    () => writeGuarded(root, path, "new"),
    (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
  );
}

test("A file is written into folders that are created, and replaces an older file", () => {
  const root = join(temporaryFolder(), "deep", "root");
  const path = join(root, "figures", "a.svg");
  writeGuarded(root, path, "old");
  writeGuarded(root, path, Buffer.from("new"));
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.deepEqual(readdirSync(join(root, "figures")), ["a.svg"]);
});

test("A path that leaves the folder is refused", () => {
  const parent = temporaryFolder();
  const root = join(parent, "root");
  refused(root, join(root, "..", "pwned"), /pwned: it is outside .*root$/);
  refused(root, `${root}/a/../../pwned`, /pwned: it is outside/);
  assert.ok(!existsSync(join(parent, "pwned")));
});

test("A folder below the root that is a link is refused, and nothing is written through it", () => {
  const outside = temporaryFolder();
  const root = temporaryFolder();
  symlinkSync(outside, join(root, "figures"));
  refused(root, join(root, "figures", "a.svg"), /figures: it is a symbolic link/);
  refused(root, join(root, "figures", "deeper", "a.svg"), /figures: it is a symbolic link/);
  assert.deepEqual(readdirSync(outside), []);
});

test("The root itself may be a link, since the user named it", () => {
  const target = temporaryFolder();
  const root = join(temporaryFolder(), "link");
  symlinkSync(target, root);
  writeGuarded(root, join(root, "a.svg"), "new");
  assert.deepEqual(readdirSync(target), ["a.svg"]);
});

test("Only a plain file is replaced", () => {
  const root = temporaryFolder();
  const precious = join(temporaryFolder(), "precious");
  writeFileSync(precious, "precious");
  symlinkSync(precious, join(root, "link"));
  symlinkSync(join(root, "nowhere"), join(root, "dangling"));
  mkdirSync(join(root, "folder"));
  execFileSync("mkfifo", [join(root, "pipe")]);
  refused(root, join(root, "link"), /link: it is a symbolic link; only a plain file is replaced$/);
  refused(root, join(root, "dangling"), /dangling: it is a symbolic link/);
  refused(root, join(root, "folder"), /folder: it is a folder/);
  refused(root, join(root, "pipe"), /pipe: it is a named pipe/);
  assert.equal(readFileSync(precious, "utf8"), "precious");
  assert.deepEqual(readdirSync(root).sort(), ["dangling", "folder", "link", "pipe"]);
});

test("Another hard link to a file that is replaced keeps the old content", () => {
  const root = temporaryFolder();
  const precious = join(temporaryFolder(), "precious");
  writeFileSync(precious, "precious");
  linkSync(precious, join(root, "a.svg"));
  writeGuarded(root, join(root, "a.svg"), "new");
  assert.equal(readFileSync(precious, "utf8"), "precious");
});

test("A folder that cannot be created is reported at once", { skip: !existsSync("/proc/self") }, () => {
  refused("/proc/figures", "/proc/figures/a.svg", /^\/proc\/figures: no folder can be created there$/);
});
