import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { markedProcesses, markName } from "../../scripts/faults/processes.js";
import { temporaryFolder } from "../helpers/configs.js";
import { segloss$ } from "../helpers/program.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const small = "--device cpu --image-size 8 --validation-images 4 --monitor cce,dice";
const run = `$segloss run ${small}`;

test("A run in a pipe ends silently with 0 when its reader has enough", async () => {
  const { code, out, err } = await segloss$(`${run} --steps 100000000 | head -3`, temporaryFolder());
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(out.split("\n").length, 4);
  assert.match(out, /^optimizer,batch_norm,.*\nadam,false,.*,0,0\.\d.*\nadam,.*\n$/);
});

test("A run in a pipe writes everything to a slow reader", async () => {
  const { code, out } = await segloss$(`${run} --steps 4001 | (sleep 3; wc -l; sleep 0)`, temporaryFolder());
  assert.deepEqual([code, out.trim()], [0, "4002"]);
});

test("A run saves its weights in a file beside its rows on stdout, and refuses stdout for them", async () => {
  const home = temporaryFolder();
  const { code, out } = await segloss$(`${run} --steps 3 --save-weights w.npz`, home);
  assert.deepEqual([code, out.trim().split("\n").length], [0, 4]);
  const names = Object.keys(unzipSync(readFileSync(join(home, "w.npz"))));
  const variables = [
    "conv1.weights",
    "conv1.bias",
    "conv2.weights",
    "conv2.bias",
    "head.weights",
    "head.bias",
  ];
  assert.deepEqual(
    names,
    ["initial", "final"].flatMap((moment) => variables.map((name) => `${moment}.${name}.npy`)),
  );
  const refused = await segloss$(`${run} --steps 3 --save-weights -`, home);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /--save-weights: got "-"; allowed: a plain file that can be written/);
});

test("A run works with stdout closed, and with stderr closed", async () => {
  const closed = await segloss$(`${run} --steps 20 >&- 2>&-`, temporaryFolder());
  assert.deepEqual(closed, { code: 0, out: "", err: "" });
  const silent = await segloss$(`${run} --steps 20 2>&-`, temporaryFolder());
  assert.equal(silent.out.split("\n").length, 22);
});

test("A run whose stdout is on a full disk ends with 1 and one line", async () => {
  const { code, err } = await segloss$(`${run} --steps 20 > /dev/full`, temporaryFolder());
  assert.equal(code, 1);
  assert.match(err, /^segloss: standard output: [^\n]*ENOSPC[^\n]*\n$/);
});

/** Starts a run whose reader never reads. `left` returns its processes that are still running. */
function start(mark: string, ...words: readonly string[]) {
  const home = temporaryFolder();
  const child = spawn(process.execPath, [cli, "run", ...small.split(" "), "--steps", "100000000", ...words], {
    cwd: home,
    env: { ...process.env, [markName]: mark },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout?.pause();
  return { home, child, left: () => markedProcesses(mark) };
}

/** Waits until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 60_000, "the condition never held");
    await sleep(20);
  }
}

test("An interrupted run ends although its reader does not read, and leaves no process", {
  skip: process.platform !== "linux",
}, async () => {
  const { child, left } = start(`run-${process.pid}-1`);
  await until(() => (child.stdout?.readableLength ?? 0) > 0);
  await sleep(500);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [143, null]);
  await until(() => left().length === 0);
});

test("An interrupted run with -o leaves no file and no process, whatever it was doing", {
  skip: process.platform !== "linux",
}, async () => {
  for (const delay of [150, 700]) {
    const { home, child, left } = start(`run-${process.pid}-${delay}`, "-o", "run.csv");
    await until(() => left().some(({ isWorker }) => isWorker));
    await sleep(delay);
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [130, null]);
    await until(() => left().length === 0);
    assert.deepEqual(readdirSync(home), []);
  }
});

test("The worker of a killed run ends too", { skip: process.platform !== "linux" }, async () => {
  const { child, left } = start(`run-${process.pid}-3`);
  await until(() => left().some(({ isWorker }) => isWorker));
  child.kill("SIGKILL");
  await until(() => left().length === 0);
});

test("A run whose worker is killed ends with 1 and the reason", {
  skip: process.platform !== "linux",
}, async () => {
  const mark = `run-${process.pid}-4`;
  const ending = segloss$(`${run} --steps 100000000 | cat > /dev/null`, temporaryFolder(), {
    [markName]: mark,
  });
  const worker = () => markedProcesses(mark).find(({ isWorker }) => isWorker);
  await until(() => worker() !== undefined);
  process.kill(worker()?.pid ?? 0, "SIGKILL");
  const { code, err } = await ending;
  assert.equal(code, 1);
  assert.match(
    err,
    /^segloss: the run's worker was killed by SIGKILL, perhaps because the machine ran out of memory\n$/,
  );
});
