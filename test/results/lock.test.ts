import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SeglossError } from "../../src/errors.js";
import { isRunning, thisProcess } from "../../src/results/fs/process-identity.js";
import { openLock } from "../../src/results/lock.js";
import { temporaryFolder } from "../helpers/configs.js";

const source = new URL("../../src/results/lock.ts", import.meta.url).href;

/** Starts a process that locks the folder and runs until it is killed. Resolves once the folder is locked. */
async function holder(folder: string): Promise<ChildProcess> {
  const program = `const { openLock } = await import(${JSON.stringify(source)}); openLock(process.argv[1]); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

function refused(folder: string, message: RegExp): void {
  assert.throws(
    () => openLock(folder),
    (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
  );
}

test("a lock lasts until it is closed, and leaves nothing behind", () => {
  const folder = temporaryFolder();
  const lock = openLock(folder);
  refused(
    folder,
    new RegExp(`another sweep, process ${process.pid} on ${hostname()}, is using this folder$`),
  );
  lock.close();
  assert.deepEqual(readdirSync(folder), []);
  openLock(folder).close();
});

test("the folder of a running process is refused, and that of a killed one is taken over", async () => {
  const folder = temporaryFolder();
  const child = await holder(folder);
  try {
    refused(folder, new RegExp(`process ${child.pid} on `));
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    assert.ok(existsSync(join(folder, "sweep.lock")));
    const lock = openLock(folder);
    assert.equal(JSON.parse(readFileSync(join(folder, "sweep.lock"), "utf8")).pid, process.pid);
    lock.close();
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a process with the pid of a dead one is not mistaken for it", () => {
  const folder = temporaryFolder();
  const reused = { ...thisProcess(), started: "long ago" };
  assert.equal(isRunning(thisProcess()), true);
  assert.equal(isRunning(reused), false);
  writeFileSync(join(folder, "sweep.lock"), JSON.stringify(reused));
  openLock(folder).close();
});

test("a lock of another machine is respected, and the message says how to remove it", () => {
  const folder = temporaryFolder();
  const text = JSON.stringify({ pid: 1, host: "elsewhere\u001b[31m", started: "once" });
  writeFileSync(join(folder, "sweep.lock"), text);
  refused(
    folder,
    /process 1 on elsewhere\\u001b\[31m, .*; if it is no longer running there, remove .*sweep\.lock$/,
  );
  assert.equal(readFileSync(join(folder, "sweep.lock"), "utf8"), text);
});

test("a lock without a valid process is stale", () => {
  for (const text of ["", "{", "[]", '{"pid": -1}', '{"pid": "1", "host": 2}']) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "sweep.lock"), text);
    openLock(folder).close();
    assert.deepEqual(readdirSync(folder), [], text);
  }
});

test("closing a lock that another sweep took over leaves it in place", () => {
  const folder = temporaryFolder();
  const lock = openLock(folder);
  writeFileSync(join(folder, "sweep.lock"), "other");
  lock.close();
  assert.ok(existsSync(join(folder, "sweep.lock")));
});
