import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { compileInTurn } from "../../../src/tensorflow/native/compile-turn.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

test("a process waits while another one compiles the same program", (t) => {
  const folder = createTemporaryFolder("turn");
  const compiled = join(folder, "step.compiled");
  writeLock(folder, { pid: process.pid });
  const other = spawn(process.execPath, [
    "--eval",
    `setTimeout(() => require("node:fs").writeFileSync(${JSON.stringify(compiled)}, ""), 50)`,
  ]);
  t.after(() => other.kill());
  const wasCompiled = compileInTurn("step", folder, () => existsSync(compiled));
  assert.equal(wasCompiled, true);
});

test("a process does not wait for one that was killed, or that is on another machine", () => {
  const dead = spawnSync(process.execPath, ["--version"]).pid;
  for (const owner of [{ pid: dead }, { pid: process.pid, host: "elsewhere.example" }]) {
    const folder = createTemporaryFolder("turn");
    writeLock(folder, owner);
    const found = compileInTurn("step", folder, () => readdirSync(folder), Number.POSITIVE_INFINITY);
    assert.deepEqual(found, ["step.compiling"]);
    assert.deepEqual(readdirSync(folder), ["step.compiled"]);
  }
});

test("a process waits no longer than its patience", () => {
  const folder = createTemporaryFolder("turn");
  writeLock(folder, { pid: process.pid });
  assert.equal(
    compileInTurn("step", folder, () => "compiled", 20),
    "compiled",
  );
  assert.deepEqual(readdirSync(folder), ["step.compiled"]);
});

test("the process that compiles has the lock meanwhile, and one that fails leaves the program to the next", () => {
  const folder = createTemporaryFolder("turn");
  const work = (): never => {
    assert.deepEqual(readdirSync(folder), ["step.compiling"]);
    throw new Error("no such operation");
  };
  assert.throws(() => compileInTurn("step", folder, work), /no such operation/);
  assert.deepEqual(readdirSync(folder), []);
});

test("a program is compiled where the folder of compiled programs cannot be written", () => {
  const folder = "/proc/no-such-folder";
  assert.equal(
    compileInTurn("step", folder, () => "compiled", Number.POSITIVE_INFINITY),
    "compiled",
  );
});

function writeLock(folder: string, { pid, host = hostname() }: { pid: number; host?: string }): void {
  writeFileSync(join(folder, "step.compiling"), JSON.stringify({ host, pid }));
}
