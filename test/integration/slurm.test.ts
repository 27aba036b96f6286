import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../helpers/configs.js";
import { segloss } from "../helpers/program.js";
import { noSlurm, openSlurmCluster, type QueuedTask, type SlurmCluster } from "../helpers/slurm.js";

// Sweeps that are submitted to a real Slurm: all at the same time, each into a folder of its own, on a cluster whose nodes are
// namespaces of this machine. Slurm holds a requeued task back for six seconds, so most of the time is waiting.

/** 24 runs in 24 cells and repetitions, six for each of four shards. */
const arrayConfig = {
  batchNorm: [false, true],
  loss: ["cce", "dice", "dicefg"],
  runs: 4,
  steps: 301,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
/** Two runs that are long enough to be struck again and again. */
const longConfig = { loss: ["cce"], runs: 2, steps: 12_001, imageSize: 8, monitor: ["cce"], validationImages: 4 };

let cluster: SlurmCluster;
// Before the hook that removes the folder with the cluster's process ids.
after(() => cluster?.close());
const home = temporaryFolder();

/** Submits a sweep. Returns the numbers of the array and of the job after it, and what was printed. */
async function submit(config: string, out: string, ...words: readonly string[]) {
  const flags = ["--device", "cpu", "--allow-local", "--output", out];
  const env = { ...cluster.env, SEGLOSS_HEARTBEAT_SECONDS: "1", SEGLOSS_CHECKPOINT_SECONDS: "0.2" };
  const { code, out: printed, err } = await segloss(["submit", config, ...flags, ...words], home, env);
  assert.equal(code, 0, err);
  const { jobs } = JSON.parse(read(out, "cluster/submission.json"));
  const [array = "", end = ""]: readonly string[] = jobs.map(({ id }: { readonly id: string }) => id);
  return { array, end, printed, err };
}

function read(out: string, name: string): string {
  return readFileSync(join(home, out, name), "utf8");
}

/** Returns the paths of files below an output folder that match. */
function files(out: string, pattern: RegExp): readonly string[] {
  const folder = join(home, out);
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => pattern.test(name))
        .toSorted()
    : [];
}

async function until(what: string, holds: () => boolean, seconds = 120): Promise<void> {
  for (const end = performance.now() + seconds * 1000; !holds(); await sleep(100)) {
    assert.ok(performance.now() < end, `never: ${what}; queue:\n${cluster.run("squeue")}`);
  }
}

/** Returns a task while it is running. */
async function running(array: string, index: number): Promise<QueuedTask> {
  let task: QueuedTask | undefined;
  await until(`task ${array}_${index} runs`, () => {
    task = cluster.queue(array).find(({ name, state }) => name === `${array}_${index}` && state === "RUNNING");
    return task !== undefined;
  });
  return task ?? assert.fail();
}

async function ended(job: string): Promise<void> {
  await until(`job ${job} has ended`, () => cluster.queue(job).length === 0);
}

function stateOf(job: string): string | undefined {
  return /JobState=(\w+)/.exec(cluster.run("scontrol", "show", "job", job))?.[1];
}

function assertSameCsvs(out: string, plain: string): void {
  const names = files(plain, /\.csv$/);
  assert.deepEqual(files(out, /\.csv$/), names);
  for (const name of names) {
    assert.equal(read(out, name), read(plain, name), name);
  }
  assert.deepEqual(files(out, /\.lock$|\.tmp$|\.partial$|\.checkpoint$/), []);
}

describe("Shards that Slurm runs", { concurrency: 8, skip: noSlurm }, () => {
  before(async () => {
    writeFileSync(join(home, "array.json"), JSON.stringify(arrayConfig));
    writeFileSync(join(home, "long.json"), JSON.stringify(longConfig));
    const folder = join(home, "slurm");
    mkdirSync(folder);
    cluster = openSlurmCluster(folder);
    for (const name of ["array", "long"]) {
      const { code, err } = await segloss(["sweep", `${name}.json`, "-o", `plain-${name}`, "--device", "cpu"], home);
      assert.equal(code, 0, err);
    }
  });

  it("have the bytes of one machine after a signal, a requeue, a killed step daemon and a power cut, and only what failed is submitted again", async () => {
    const { array, end, err, printed } = await submit("array.json", "struck", "--shards", "4");
    assert.match(err, new RegExp(`Job ${array} trains 4 shards; job ${end} then merges and reports\\.`));
    assert.match(printed, /^==> cluster\/tasks\.sh <==\n#!\/bin\/bash\n[\s\S]*#SBATCH --array=1-4\n/);
    const struck = async (index: number, strike: (task: QueuedTask) => void) => {
      await until(`shard ${index} begins`, () => files("struck", new RegExp(`sweep\\.${index}-of-4\\.lock$`)).length > 0);
      strike(await running(array, index));
    };
    await Promise.all([
      // The shell alone gets it, as with cgroups.
      struck(1, ({ name }) => cluster.run("scancel", "--signal=TERM", "--batch", name)),
      struck(2, ({ name }) => cluster.run("scontrol", "requeue", name)),
      struck(3, (task) => {
        cluster.killStepDaemon(task);
        cluster.run("scontrol", "requeue", task.name);
      }),
    ]);
    await struck(4, ({ node }) => cluster.cutPower(node));
    await ended(`${array},${end}`);
    assert.match(read("struck", `cluster/logs/${array}_1.log`), /\nInterrupted: /);
    assert.equal(stateOf(end), "FAILED");
    assert.ok(!existsSync(join(home, "struck/summary.csv")), "the job after an incomplete array trains nothing");

    const again = await submit("array.json", "struck");
    assert.match(again.err, /complete: 3 of 4 shards\nsubmitted now: shard 1\n/);
    assert.match(read("struck", "cluster/tasks.sh"), /#SBATCH --array=1\n[\s\S]*"\$SLURM_ARRAY_TASK_ID\/4"/);
    await ended(`${again.array},${again.end}`);
    assert.equal(stateOf(again.end), "COMPLETED");
    assertSameCsvs("struck", "plain-array");
    assert.ok(existsSync(join(home, "struck/report.html")));
    const none = await segloss(["submit", "array.json", "--output", "struck", "--device", "cpu", "--allow-local"], home, cluster.env);
    assert.match(none.err, /complete: 4 of 4 shards\nNext: /);
  });

  it("come back at the time limit, three times, until they reach the end", async () => {
    const { array, end } = await submit("long.json", "limited", "--shards", "1");
    // Slurm sends USR1 three minutes before the limit and up to one early; scancel sends the same signal to the same process.
    for (let start = 1; start <= 3; start++) {
      await running(array, 1);
      const before = files("limited", /\.checkpoint$/).length + start - 1;
      await until(`start ${start} trains`, () => files("limited", /\.lock$/).length > 0 && hasProgress("limited", before));
      cluster.run("scancel", "--signal=USR1", "--batch", `${array}_1`);
      const mark = `Requeued at the time limit, start ${start}.`;
      await until(mark, () => read("limited", `cluster/logs/${array}_1.log`).includes(mark));
    }
    await ended(`${array},${end}`);
    assertSameCsvs("limited", "plain-long");
  });
});

function hasProgress(out: string, _before: number): boolean {
  return files(out, /\.checkpoint$|\.csv$/).length > 0;
}
