import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../helpers/configs.js";
import { inNamespaces, noNamespaces } from "../helpers/namespaces.js";

// Sweeps into one folder from containers and machines, which namespaces stand for.

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const config = {
  loss: ["cce", "dice"],
  runs: 2,
  steps: 8001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
const home = temporaryFolder();
const summary = (out: string) => readFileSync(join(home, out, "summary.csv"), "utf8");

/** Starts a sweep on a host of its own. */
function startSweepOn(host: string, out: string) {
  const flags = ["--device", "cpu", "--jobs", "1"];
  const words = [process.execPath, cli, "sweep", "c.json", "--out", out, ...flags];
  const [file = "", ...rest] = inNamespaces(host, words);
  const child = spawn(file, rest, {
    cwd: home,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, SEGLOSS_HEARTBEAT_SECONDS: "0.5", SEGLOSS_CHECKPOINT_SECONDS: "0.2" },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code, stderr }));
  return { child, ended };
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 60_000, "the condition never held");
    await sleep(20);
  }
}

before(async () => {
  writeFileSync(join(home, "c.json"), JSON.stringify(config));
  if (noNamespaces === false) {
    const { code, stderr } = await startSweepOn("alone", "undisturbed").ended;
    assert.equal(code, 0, stderr);
  }
});

test("Of two sweeps in containers with one host name the second is refused, and the first finishes undisturbed", {
  skip: noNamespaces,
}, async () => {
  const first = startSweepOn(hostname(), "containers");
  await until(() => existsSync(join(home, "containers/adam-nobn-t0.5-cce")));
  const second = await startSweepOn(hostname(), "containers").ended;
  assert.equal(second.code, 2, second.stderr);
  assert.match(second.stderr, /another sweep, process 1 on .*, is using this folder\n$/);
  const { code, stderr } = await first.ended;
  assert.equal(code, 0, stderr);
  assert.equal(summary("containers"), summary("undisturbed"));
});

test("A sweep whose node lost power is resumed from its checkpoints on another node", {
  skip: noNamespaces,
}, async () => {
  const first = startSweepOn("node1", "nodes");
  await until(() => existsSync(join(home, "nodes/adam-nobn-t0.5-cce/run-0.checkpoint")));
  first.child.kill("SIGKILL");
  await first.ended;
  assert.ok(existsSync(join(home, "nodes/sweep.lock")));
  const { code, stderr } = await startSweepOn("node2", "nodes").ended;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^nodes\/sweep\.lock: waiting up to 2 s to see whether process 1 on node1 /);
  assert.equal(summary("nodes"), summary("undisturbed"));
  assert.ok(!existsSync(join(home, "nodes/sweep.lock")));
});

test("A sweep whose lock is taken over stops without writing, names who took it, and ends with 1", {
  skip: noNamespaces,
}, async () => {
  const sweep = startSweepOn("node1", "lost");
  await until(() => existsSync(join(home, "lost/adam-nobn-t0.5-cce")));
  const other = { pid: 7, host: "node2", started: "now", beats: 15, token: "other" };
  writeFileSync(join(home, "lost/sweep.lock"), JSON.stringify(other));
  const { code, stderr } = await sweep.ended;
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /segloss: lost\/sweep\.lock: the lock of this sweep was taken over by process 7 on node2/,
  );
  assert.equal(JSON.parse(readFileSync(join(home, "lost/sweep.lock"), "utf8")).host, "node2");
  assert.ok(!existsSync(join(home, "lost/summary.csv")));
});
