import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
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
/** A run that is long enough, some seconds on a fast machine, to be struck again and again. */
const longConfig = {
  ...arrayConfig,
  batchNorm: false,
  loss: ["cce"],
  runs: 1,
  steps: 300_001,
  monitor: ["cce"],
};

/** As in a job that submits a sweep: sbatch must not take them for its options. */
const variablesOfJob = {
  SLURM_JOB_ID: "999",
  SLURM_ARRAY_TASK_ID: "9",
  SBATCH_PARTITION: "none",
  SBATCH_TIMELIMIT: "1",
};
const shortIntervals = { SEGLOSS_HEARTBEAT_SECONDS: "1", SEGLOSS_CHECKPOINT_SECONDS: "0.2" };

let cluster: SlurmCluster;
// Before the hook that removes the folder with the cluster's process ids.
after(() => cluster?.close());
const home = temporaryFolder();

/** Submits a sweep. Returns the numbers of the array and of the job after it, and what was printed. */
async function submit(config: string, out: string, ...words: readonly string[]) {
  const flags = ["--device", "cpu", "--allow-local", "--output", out];
  const env = { ...cluster.env, ...variablesOfJob, ...shortIntervals };
  const { code, out: printed, err } = await segloss(["submit", config, ...flags, ...words], home, env);
  assert.equal(code, 0, err);
  const { arrays, end } = JSON.parse(read(out, "cluster/submission.json"));
  return { array: String(arrays[0].id), end: String(end.id), printed, err };
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
    task = cluster.queue(array).find((task) => task.index === index && task.state === "RUNNING");
    return task !== undefined;
  });
  return task ?? assert.fail();
}

function tasksOf(array: string): readonly number[] {
  return cluster.queue(array).map(({ index }) => index);
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
      const { code, err } = await segloss(
        ["sweep", `${name}.json`, "-o", `plain-${name}`, "--device", "cpu"],
        home,
      );
      assert.equal(code, 0, err);
    }
  });

  it("have the bytes of one machine after a signal, a requeue, a killed step daemon and a power cut, and only what failed is submitted again", async () => {
    const { array, end, err, printed } = await submit("array.json", "struck", "--shards", "4");
    assert.match(err, new RegExp(`Job ${array} trains 4 shards; job ${end} then merges and reports\\.`));
    assert.match(printed, /^==> cluster\/tasks\.sh <==\n#!\/bin\/bash\n[\s\S]*#SBATCH --array=1-4\n/);
    const isLocked = (index: number) =>
      files("struck", new RegExp(`^sweep\\.${index}-of-4\\.lock$`)).length > 0;
    const struck = async (index: number, strike: (task: QueuedTask) => void) => {
      await until(`shard ${index} begins`, () => isLocked(index));
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
    await until("shard 1 has ended", () => !tasksOf(array).includes(1));
    let node: string | undefined;
    await until("another shard is at work", () => {
      const isAtWork = ({ index, state }: QueuedTask) => state === "RUNNING" && isLocked(index);
      node = cluster.queue(array).find(isAtWork)?.node;
      return node !== undefined;
    });
    cluster.cutPower(node ?? assert.fail());
    await ended(`${array},${end}`);
    assert.match(read("struck", `cluster/logs/${array}_1.log`), /^Interrupted/m);
    assert.equal(stateOf(end), "FAILED");
    assert.match(read("struck", `cluster/logs/${end}-end.log`), /missing, shard 1 of 4: /);
    assert.ok(!existsSync(join(home, "struck/report.html")), "an incomplete sweep gets no report");
    assert.ok(files("struck", /run-\d\.json$/).length < 24, "the job after the array trains nothing");

    const again = await submit("array.json", "struck");
    assert.match(again.err, /complete: 3 of 4 shards\nsubmitted now: shard 1\n/);
    assert.match(read("struck", "cluster/tasks.sh"), /#SBATCH --array=1\n[\s\S]*"\$SLURM_ARRAY_TASK_ID\/4"/);
    await ended(`${again.array},${again.end}`);
    assert.equal(stateOf(again.end), "COMPLETED");
    assertSameCsvs("struck", "plain-array");
    assert.ok(existsSync(join(home, "struck/report.html")));
    const none = await segloss(
      ["submit", "array.json", "--output", "struck", "--device", "cpu", "--allow-local"],
      home,
      cluster.env,
    );
    assert.match(none.err, /complete: 4 of 4 shards\nNext: /);
  });

  it("are not submitted if Slurm refuses them, with its reason", async () => {
    const words = [
      "submit",
      "long.json",
      "-o",
      "refused",
      "--allow-local",
      "--quiet",
      "--",
      "--partition=none",
    ];
    const { code, out, err } = await segloss(words, home, cluster.env);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^segloss: sbatch failed: .*invalid partition/i);
    assert.deepEqual(files("refused", /submission/), []);
  });

  it("come back at the time limit, three times, until they reach the end", async () => {
    const { array, end } = await submit("long.json", "limited", "--shards", "1");
    // Slurm sends USR1 three minutes before the limit and up to one early; scancel sends the same signal to the same process.
    for (let start = 1; start <= 3; start++) {
      await checkpointed("limited", array);
      cluster.run("scancel", "--signal=USR1", "--batch", `${array}_1`);
      const mark = `\nRequeued at the time limit, start ${start}.\n`;
      await until(mark, () => read("limited", `cluster/logs/${array}_1.log`).includes(mark));
    }
    await ended(`${array},${end}`);
    assertSameCsvs("limited", "plain-long");
  });

  it("end at scancel with their checkpoints, and come back after preemption", async () => {
    const cancelled = await submit(
      "long.json",
      "preempted",
      "--shards",
      "1",
      "--",
      "--partition=other",
      "-w",
      "node4",
    );
    await checkpointed("preempted", cancelled.array);
    cluster.run("scancel", cancelled.array, cancelled.end);
    await ended(`${cancelled.array},${cancelled.end}`);
    assert.equal(stateOf(cancelled.array), "CANCELLED");
    assert.equal(files("preempted", /\.checkpoint$/).length, 1);
    assert.deepEqual(files("preempted", /\.lock$/), []);

    const { array, end } = await submit(
      "long.json",
      "preempted",
      "--",
      "--partition=other",
      "--nodelist=node4",
    );
    await checkpointed("preempted", array);
    cluster.run(
      "sbatch",
      "--partition=urgent",
      "--exclusive",
      "--nodelist=node4",
      "--wrap=sleep 1",
      "--output=/dev/null",
    );
    const log = () => read("preempted", `cluster/logs/${array}_1.log`);
    await until("the task is preempted", () => /DUE TO PREEMPTION/i.test(log()));
    await ended(`${array},${end}`);
    assert.doesNotMatch(log(), /Requeued at the time limit/);
    assertSameCsvs("preempted", "plain-long");
  });

  it("begin anew where the processor is another one, and merge warns of the mix", async () => {
    const where = ["--", "--partition=other", "--nodelist=node5"];
    const { array, end } = await submit(
      "long.json",
      "mixed",
      "--set",
      "runs=2",
      "--shards",
      "2",
      "--at-once",
      "1",
      ...where,
    );
    await until("a run is done", () => files("mixed", /run-\d\.json$/).length === 1);
    await checkpointed("mixed", array, 2);
    cluster.run("scancel", array, end);
    await ended(`${array},${end}`);
    const cancelled = Date.now();
    const fake = join(home, "cpuinfo");
    writeFileSync(
      fake,
      readFileSync("/proc/cpuinfo", "utf8").replaceAll(/^(flags|Features)(\s*:) \S+/gm, "$1$2"),
    );
    cluster.replaceFile("node5", "/proc/cpuinfo", fake);

    const again = await submit("long.json", "mixed", "--set", "runs=2", ...where);
    await ended(`${again.array},${again.end}`);
    const born = statSync(join(home, "mixed/adam-nobn-t0.5-cce/run-1.csv")).birthtimeMs;
    assert.ok(born > cancelled, "the run began anew, in a new file");
    assert.match(
      read("mixed", `cluster/logs/${again.end}-end.log`),
      /warning: the runs differ in .*processor/,
    );
  });
});

/** Waits until a running task has written a checkpoint. */
async function checkpointed(out: string, array: string, index = 1): Promise<void> {
  const since = Date.now();
  await running(array, index);
  const isNew = (name: string) =>
    (statSync(join(home, out, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > since;
  await until(`task ${array}_${index} has a checkpoint`, () => files(out, /\.checkpoint$/).some(isNew));
}
