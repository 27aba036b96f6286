import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const source = new URL("../../src/runner/workers/parent-watch.ts", import.meta.url).href;

/** Watches its parent while its main thread is busy for a minute. */
const busy = `
  const { killWithParent } = await import(${JSON.stringify(source)});
  killWithParent(process.ppid);
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.stdout.write(String(process.pid));
  for (const end = Date.now() + 60_000; Date.now() < end; );
`;
const between = `
  require("node:child_process").spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", ${JSON.stringify(busy)}], { stdio: "inherit" });
`;

/** A zombie counts as gone. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = `/proc/${pid}/stat`;
    return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}

test("A process whose parent is killed ends, although its main thread is busy", async () => {
  const parent = spawn(process.execPath, ["-e", between], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = await once(parent.stdout, "data");
  const orphan = Number(String(text));
  assert.ok(isThere(orphan));
  parent.kill("SIGKILL");
  for (let waited = 0; isThere(orphan); waited += 50) {
    assert.ok(waited < 20_000, "the orphan lives on");
    await sleep(50);
  }
});
