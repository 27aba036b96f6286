import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { csvOf } from "./csv-cases.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  for (const command of ["plot", "report"]) {
    test(`${command} that waits for the rest of its input is ended by ${signal}`, async () => {
      const child = spawn(process.execPath, [cli, command, "-"], { stdio: ["pipe", "ignore", "ignore"] });
      child.stdin.on("error", () => {});
      const ended = once(child, "exit");
      // Once this much is taken, the command is reading: a pipe holds 64 KiB.
      const text = csvOf({ rows: 10_000 });
      await new Promise((resolve) => child.stdin.write(text, resolve));
      child.kill(signal);
      assert.deepEqual(await ended, [null, signal]);
    });
  }
}
