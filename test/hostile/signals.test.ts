import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, existsSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gridRuns } from "../../src/config/grid.js";
import { lockFileName } from "../../src/results/paths.js";
import { createSweepFile } from "../../src/results/sweep/sweep-file.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";
import { csvOf } from "./csv-cases.js";

// Each command waits for something that never comes: a config, the rest of a CSV, or a reader of what it prints. A pipe that is
// full stands for every file system and terminal that does not answer.

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const folder = createTemporaryFolder("signals");
const sweep = join(folder, "sweep");
const full = fullPipe(join(folder, "full"));
const idle = idlePipe(join(folder, "idle"));
mkdirSync(sweep);
for (const run of gridRuns(smallConfig)) {
  finishRun(sweep, run);
}
createSweepFile(sweep, smallConfig);
writeFileSync(join(folder, "config.json"), JSON.stringify({ ...smallConfig, steps: 1_000_000 }));
execFileSync("mkfifo", [join(folder, "pipe.json")]);

/** Creates a named pipe that has a writer, which writes nothing. */
function idlePipe(path: string): number {
  execFileSync("mkfifo", [path]);
  return openSync(path, constants.O_RDWR);
}

/** Creates a named pipe, fills it, and returns a descriptor that blocks whoever writes to it. */
function fullPipe(path: string): number {
  execFileSync("mkfifo", [path]);
  const filler = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  for (const size of [4096, 1]) {
    try {
      for (;;) {
        writeSync(filler, Buffer.alloc(size));
      }
    } catch {
      // It is full.
    }
  }
  const descriptor = openSync(path, constants.O_RDWR);
  closeSync(filler);
  return descriptor;
}

/** What a command waits for. */
type Wait = "the rest of its input" | "a writer of its input" | "a reader of its output";

const commands: readonly (readonly [wait: Wait, ...words: string[]])[] = [
  ["a writer of its input", "sweep", "pipe.json"],
  ["the rest of its input", "sweep", "/dev/stdin"],
  ["a reader of its output", "sweep", "config.json", "--out", "new", "--jobs", "1"],
  ["a writer of its input", "submit", "pipe.json"],
  ["a reader of its output", "run", "--steps", "1000000"],
  ["a reader of its output", "rerun", join("sweep", "adam-nobn-t0.5-cce", "run-0")],
  ["a reader of its output", "show", "sweep"],
  ["a reader of its output", "status", "sweep"],
  ["a reader of its output", "merge", "sweep"],
  ["the rest of its input", "plot", "-"],
  ["a reader of its output", "plot", "sweep"],
  ["the rest of its input", "report", "-"],
  ["a reader of its output", "report", "sweep", "--html"],
  ["a reader of its output", "export", "sweep", "--parquet", "all.parquet"],
  ["a reader of its output", "init", "new"],
  ["a reader of its output", "doctor"],
  ["a reader of its output", "setup", "--check"],
];

for (const [index, [wait, ...words]] of commands.entries()) {
  // One signal each: all end a program in the same way.
  const signal = index % 2 === 0 ? "SIGTERM" : "SIGINT";
  test(`${signal} ends segloss ${words.join(" ")} while it waits for ${wait}`, async () => {
    const output = wait === "a reader of its output" ? full : "ignore";
    const child = spawn(process.execPath, [cli, ...words], {
      cwd: folder,
      // Node's own pipes are sockets, which cannot be opened as /dev/stdin.
      stdio: [words.includes("/dev/stdin") ? idle : "pipe", output, output],
    });
    const ended = once(child, "exit");
    child.stdin?.on("error", () => {});
    if (wait === "the rest of its input" && words[1] === "-") {
      // Once this much is taken, the command is reading: a pipe holds 64 KiB.
      await new Promise((resolve) => child.stdin?.write(csvOf({ rows: 10_000 }), resolve));
    }
    do {
      await setTimeout(500);
      // Before it has its lock, a sweep has not begun to handle signals itself.
    } while (words.includes("--out") && !existsSync(join(folder, "new", lockFileName())));
    child.kill(signal);
    const [code, by] = await Promise.race([ended, setTimeout(endMs, ["deaf"], { ref: false })]);
    child.kill("SIGKILL");
    const number = { SIGTERM: 143, SIGINT: 130 }[signal];
    assert.ok(by === signal || code === number, `${code ?? by}`);
  });
}

/** Two seconds are promised; a busy machine takes longer to let a process run at all. */
const endMs = 10_000;
