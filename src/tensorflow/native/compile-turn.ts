import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

// Processes that start together compile the same program at the same time, and slow each other down: XLA uses
// more than one core. So one of them compiles and the others wait, until they can load what it has stored.

/** The longest that a process waits for another one, in milliseconds. It then compiles by itself. */
const patience = 20_000;

/** Milliseconds between two looks at the other process's files. */
const interval = 10;

/**
 * Does `work`, which compiles a program of XLA, or loads it from the folder of compiled programs. If another
 * process of this machine is compiling the same program, waits until it has.
 *
 * @param program A name for what the program computes, the same in every process.
 */
export function compileInTurn<Result>(
  program: string,
  folder: string,
  work: () => Result,
  patienceMs: number = patience,
): Result {
  const compiled = join(folder, `${program}.compiled`);
  if (existsSync(compiled)) {
    return work();
  }
  const lock = join(folder, `${program}.compiling`);
  waitForTurn(compiled, lock, performance.now() + patienceMs);
  try {
    const result = work();
    ignoreErrors(() => writeFileSync(compiled, ""));
    return result;
  } finally {
    ignoreErrors(() => rmSync(lock, { force: true }));
  }
}

/** Returns when the program is compiled, when this process has the lock, and when it is of no use to wait for one. */
function waitForTurn(compiled: string, lock: string, deadline: number): void {
  while (!existsSync(compiled) && !createLock(lock)) {
    if (!isHeld(lock) || performance.now() > deadline) {
      return;
    }
    sleep(interval);
  }
}

/** Returns whether there is now a lock of this process. */
function createLock(path: string): boolean {
  try {
    writeFileSync(path, JSON.stringify({ host: hostname(), pid: process.pid }), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns whether the lock is of a process that is alive. One of another machine counts as dead, because that
 * cannot be found out, and because its files may appear here much later.
 */
function isHeld(lock: string): boolean {
  try {
    const owner = JSON.parse(readFileSync(lock, "utf8")) as { readonly host: string; readonly pid: number };
    return owner.host === hostname() && process.kill(owner.pid, 0);
  } catch {
    // No lock, half of one, or no such process.
    return false;
  }
}

/** Blocks, as TensorFlow does while it compiles. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** A folder that cannot be written costs the waiting processes their advantage, but no run. */
function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // See above.
  }
}
