import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { markedProcesses, markName } from "../../scripts/faults/processes.js";
import { temporaryFolder } from "../helpers/configs.js";
import { segloss$ } from "../helpers/program.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const small = "--device cpu --image-size 8 --validation-images 4 --monitor cce,dice";
const run = `$segloss run ${small}`;

describe("segloss run in a pipe", () => {
  it("ends without a word when its reader has enough", async () => {
    const { code, out, err } = await segloss$(`${run} --steps 100000000 | head -3`, temporaryFolder());
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(out.split("\n").length, 4);
    assert.match(out, /^optimizer,batch_norm,.*\nadam,false,.*,0,0\.\d.*\nadam,.*\n$/);
  });

  it("gives a slow reader all of it", async () => {
    const { code, out } = await segloss$(
      `${run} --steps 4001 | (sleep 3; wc -l; sleep 0)`,
      temporaryFolder(),
    );
    assert.deepEqual([code, out.trim()], [0, "4002"]);
  });

  it("works with stdout closed, and with stderr closed", async () => {
    const closed = await segloss$(`${run} --steps 20 >&- 2>&-`, temporaryFolder());
    assert.deepEqual(closed, { code: 0, out: "", err: "" });
    const silent = await segloss$(`${run} --steps 20 2>&-`, temporaryFolder());
    assert.equal(silent.out.split("\n").length, 22);
  });

  it("says plainly that the disk below is full", async () => {
    const { code, err } = await segloss$(`${run} --steps 20 > /dev/full`, temporaryFolder());
    assert.equal(code, 1);
    assert.match(err, /^segloss: standard output: [^\n]*ENOSPC[^\n]*\n$/);
  });
});

describe("segloss run that is interrupted", { skip: process.platform !== "linux" }, () => {
  /** Starts a run whose reader never reads; gives it, and whether processes of it are left. */
  function start(mark: string, ...words: readonly string[]) {
    const home = temporaryFolder();
    const child = spawn(
      process.execPath,
      [cli, "run", ...small.split(" "), "--steps", "100000000", ...words],
      {
        cwd: home,
        env: { ...process.env, [markName]: mark },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    child.stdout?.pause();
    return { home, child, left: () => markedProcesses(mark) };
  }

  /** Waits until something is so; a hang is the test's. */
  async function until(isSo: () => boolean): Promise<void> {
    for (let waited = 0; !isSo(); waited += 20) {
      assert.ok(waited < 60_000, "it never came");
      await sleep(20);
    }
  }

  it("ends though its reader does not read, and leaves no process", async () => {
    const { child, left } = start(`run-${process.pid}-1`);
    await until(() => (child.stdout?.readableLength ?? 0) > 0);
    await sleep(500);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [143, null]);
    await until(() => left().length === 0);
  });

  it("leaves no file, and no process, whenever it comes", async () => {
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

  it("ends its worker too when it is killed", async () => {
    const { child, left } = start(`run-${process.pid}-3`);
    await until(() => left().some(({ isWorker }) => isWorker));
    child.kill("SIGKILL");
    await until(() => left().length === 0);
  });

  it("tells when its worker is killed", async () => {
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
});
