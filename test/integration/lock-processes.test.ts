import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SeglossError } from "../../src/errors.js";
import { thisProcess } from "../../src/results/fs/process-identity.js";
import type { FolderLock, LockOptions } from "../../src/results/lock/lock.js";
import { temporaryFolder } from "../helpers/configs.js";
import { inNamespaces, noNamespaces } from "../helpers/namespaces.js";

process.env.SEGLOSS_HEARTBEAT_SECONDS = "0.2";
const { openLock } = await import("../../src/results/lock/lock.js");

const source = new URL("../../src/results/lock/lock.ts", import.meta.url).href;
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) {
    child.kill("SIGKILL");
  }
});

/** A program that locks the folder in its first argument, prints "locked" or the reason why not, and holds the lock. */
const program = `
const { openLock } = await import(${JSON.stringify(source)});
try {
  await openLock(process.argv[1]);
  console.log("locked");
  setInterval(() => {}, 1000);
} catch (error) {
  console.log(error.message);
}`;

/** Starts a process that locks the folder, on a host of its own if `host` is given. Resolves with what it prints. */
async function locker(folder: string, host?: string): Promise<{ child: ChildProcess; printed: string }> {
  const command = [process.execPath, "--import", "tsx", "--input-type=module", "-e", program, folder];
  const [file = "", ...words] = host === undefined ? command : inNamespaces(host, command);
  const child = spawn(file, words, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const [data] = await once(child.stdout, "data");
  return { child, printed: String(data).trim() };
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

async function lockOf(folder: string, options?: LockOptions): Promise<FolderLock> {
  return (await openLock(folder, options)) ?? assert.fail("interrupted");
}

async function refused(folder: string, message: RegExp, options?: LockOptions): Promise<void> {
  await assert.rejects(
    openLock(folder, options),
    (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
  );
}

function shard(index: number, count: number, division = "grid"): LockOptions {
  return { shard: { part: { index, count }, division } };
}

/** Writes the lock of a process on another host. */
function foreignLock(folder: string, changes: object = {}): string {
  const path = join(folder, "sweep.lock");
  const content = { pid: 1, host: "elsewhere", started: "once", beats: 0.2, token: "1", ...changes };
  writeFileSync(path, `${JSON.stringify(content)}\n`);
  return path;
}

test("A lock lasts until it is closed, and leaves nothing behind", async () => {
  const folder = temporaryFolder();
  const lock = await lockOf(folder);
  await refused(
    folder,
    new RegExp(`another sweep, process ${process.pid} on ${hostname()}, is using this folder$`),
  );
  lock.close();
  assert.deepEqual(readdirSync(folder), []);
  (await lockOf(folder)).close();
});

test("The lock of a running process is refused, and that of a killed one is taken over at once", async () => {
  const folder = temporaryFolder();
  const { child } = await locker(folder);
  await refused(folder, new RegExp(`process ${child.pid} on `));
  await killed(child);
  assert.ok(existsSync(join(folder, "sweep.lock")));
  const lock = await lockOf(folder, { onWait: () => assert.fail("waits") });
  assert.equal(JSON.parse(readFileSync(join(folder, "sweep.lock"), "utf8")).pid, process.pid);
  lock.close();
  assert.deepEqual(readdirSync(folder), []);
});

test("A lock in another PID namespace is refused while its process is running, and taken over once it is not", {
  skip: noNamespaces,
}, async () => {
  const folder = temporaryFolder();
  const { child, printed } = await locker(folder, hostname());
  assert.equal(printed, "locked");
  const text = readFileSync(join(folder, "sweep.lock"), "utf8");
  await refused(folder, new RegExp(`process 1 on ${hostname()}, is using this folder$`));
  assert.equal(readFileSync(join(folder, "sweep.lock"), "utf8"), text);
  await killed(child);
  const waits: string[] = [];
  const lock = await lockOf(folder, { onWait: (message) => waits.push(message) });
  assert.match(waits.join(), /waiting up to 1 s to see whether process 1 on .* is still running$/);
  lock.close();
});

test("Processes with equal pids on two hosts do not take each other's lock", {
  skip: noNamespaces,
}, async () => {
  const folder = temporaryFolder();
  const [one, two] = await Promise.all([locker(folder, "one"), locker(folder, "two")]);
  const printed = [one.printed, two.printed].toSorted();
  assert.match(printed[0] ?? "", /another sweep, process 1 on (one|two), is using this folder$/);
  assert.equal(printed[1], "locked");
  assert.deepEqual(readdirSync(folder), ["sweep.lock"]);
});

test("The lock of a dead node is taken over after four heartbeats", async () => {
  const folder = temporaryFolder();
  const path = foreignLock(folder);
  const from = performance.now();
  const lock = await lockOf(folder);
  assert.ok(performance.now() - from > 700);
  assert.equal(JSON.parse(readFileSync(path, "utf8")).pid, process.pid);
  lock.close();
});

test("A lock on another host is refused when it is touched, whatever that host's clock says", async () => {
  const folder = temporaryFolder();
  const path = foreignLock(folder);
  const timer = setTimeout(() => utimesSync(path, 1000, 1000), 300);
  await refused(folder, /process 1 on elsewhere, is using this folder$/);
  clearTimeout(timer);
});

test("A lock on another host by a version without heartbeats is refused, with the advice to remove it", async () => {
  const folder = temporaryFolder();
  const path = foreignLock(folder, { host: "elsewhere\u001b[31m", beats: undefined });
  const text = readFileSync(path, "utf8");
  await refused(
    folder,
    /process 1 on elsewhere\\u001b\[31m, .*; if it is no longer running there, remove .*sweep\.lock$/,
  );
  assert.equal(readFileSync(path, "utf8"), text);
});

test("An attempt that is interrupted while it watches a lock leaves the lock alone", async () => {
  const folder = temporaryFolder();
  const path = foreignLock(folder, { beats: 60 });
  const text = readFileSync(path, "utf8");
  assert.equal(await openLock(folder, { shouldStop: () => true }), undefined);
  assert.equal(readFileSync(path, "utf8"), text);
});

test("A process with the pid of a dead one is not mistaken for it", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "sweep.lock"), JSON.stringify({ ...thisProcess(), started: "long ago" }));
  (await lockOf(folder)).close();
});

test("A lock that names no process is taken over after a while, in which it may be completed", async () => {
  for (const text of ["", "{", "[]", '{"pid": -1}', '{"pid": "1", "host": 2}']) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "sweep.lock"), text);
    (await lockOf(folder)).close();
    assert.deepEqual(readdirSync(folder), [], text);
  }
  const folder = temporaryFolder();
  const path = join(folder, "sweep.lock");
  writeFileSync(path, "");
  setTimeout(() => writeFileSync(path, JSON.stringify(thisProcess())), 100);
  await refused(folder, new RegExp(`process ${process.pid} on `));
});

/** Waits until something is so, for at most ten seconds; the assertion after it then fails. */
async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo() && waited < 10_000; waited += 20) {
    await sleep(20);
  }
}

test("A lock that was removed or taken over is lost within a heartbeat, and closing it leaves the other in place", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "sweep.lock");
  const removed = await lockOf(folder);
  rmSync(path);
  await until(() => removed.lost.aborted);
  assert.ok(removed.lost.reason instanceof SeglossError);
  assert.match(removed.lost.reason.message, /the lock of this sweep was removed, so it has stopped/);
  const taken = await lockOf(folder);
  renameSync(foreignLock(temporaryFolder()), path);
  await until(() => taken.lost.aborted);
  assert.match(String(taken.lost.reason), /was taken over by process 1 on elsewhere, so it has stopped/);
  taken.close();
  assert.ok(existsSync(path));
});

test("A lock's time changes with every heartbeat, so that others see it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "sweep.lock");
  const lock = await lockOf(folder);
  utimesSync(path, 1000, 1000);
  await sleep(500);
  assert.equal(lock.lost.aborted, false);
  lock.close();
});

test("Parts of one division are locked side by side; the same part, the whole and other divisions are refused", async () => {
  const folder = temporaryFolder();
  const first = await lockOf(folder, shard(1, 2));
  const second = await lockOf(folder, shard(2, 2));
  assert.deepEqual(readdirSync(folder).toSorted(), ["sweep.1-of-2.lock", "sweep.2-of-2.lock"]);
  await refused(folder, /sweep\.1-of-2\.lock: another sweep/, shard(1, 2));
  await refused(folder, /another sweep/);
  await refused(folder, /another sweep/, shard(1, 3));
  second.close();
  await refused(folder, /sweep\.1-of-2\.lock: another sweep/, shard(2, 2, "another choice of runs"));
  first.close();
  const whole = await lockOf(folder);
  await refused(folder, /sweep\.lock: another sweep/, shard(1, 2));
  whole.close();
  assert.deepEqual(readdirSync(folder), []);
});

test("Processes that lock a folder at the same moment never hold locks that exclude each other", async () => {
  const home = temporaryFolder();
  const rounds = 25;
  const start = Date.now() + 4000;
  // Every process locks each folder at an agreed time; one with a lock that excludes the others must be alone.
  const contend = `
    const { openLock } = await import(${JSON.stringify(source)});
    const { mkdirSync, readdirSync, rmSync, writeFileSync } = await import("node:fs");
    const [home, name] = process.argv.slice(1);
    const [index, count] = name.split("-").map(Number);
    const options = index === 0 ? {} : { shard: { part: { index, count }, division: "d" + count } };
    let held = 0;
    for (let round = 0; round < ${rounds}; round++) {
      const folder = home + "/" + round;
      mkdirSync(folder, { recursive: true });
      await new Promise((resolve) => setTimeout(resolve, ${start} + round * 120 - Date.now()));
      try {
        const lock = await openLock(folder, options);
        writeFileSync(folder + "/" + name, "");
        const others = readdirSync(folder).filter((other) => /^\\d-\\d$/.test(other) && other !== name);
        if (others.some((other) => index === 0 || !other.endsWith("-" + count))) {
          console.log("together in round " + round + ": " + name + " and " + others);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        rmSync(folder + "/" + name);
        lock.close();
        held += 1;
      } catch (error) {
        if (!/another sweep|other sweeps/.test(error.message)) console.log(error.stack);
      }
    }
    console.log("held " + held);`;
  const printed = await Promise.all(
    ["0-0", "1-2", "2-2", "1-3"].map(async (name) => {
      const words = ["--import", "tsx", "--input-type=module", "-e", contend, home, name];
      const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
      children.add(child);
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      await once(child, "close");
      return text.trim();
    }),
  );
  assert.ok(
    printed.every((text) => /^held \d+$/.test(text)),
    printed.join("\n"),
  );
  assert.ok(printed.some((text) => text !== "held 0"));
});
