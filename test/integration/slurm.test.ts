import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../helpers/configs.js";
import { segloss } from "../helpers/program.js";
import { noSlurm, openSlurmCluster, type SlurmCluster } from "../helpers/slurm.js";

// The job array of docs/clusters.md on a real Slurm: four shards on three nodes.

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const config = {
  batchNorm: [false, true],
  loss: ["cce", "dice", "dicefg"],
  runs: 4,
  steps: 2001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
let cluster: SlurmCluster;
// Before the hook that removes the folder with the cluster's process ids.
after(() => cluster?.close());
const home = temporaryFolder();
const file = join(home, "c.json");

before(async () => {
  writeFileSync(file, JSON.stringify(config));
  if (noSlurm === false) {
    const folder = join(home, "slurm");
    mkdirSync(folder);
    cluster = openSlurmCluster(folder);
    const { code, err } = await segloss(["sweep", file, "-o", "plain", "--device", "cpu"], home);
    assert.equal(code, 0, err);
  }
});

/** Submits shards of the sweep, and returns the number of the job array. */
function submit(indices: string): string {
  const script = join(home, "shards.sh");
  const text = `#!/bin/bash
#SBATCH --array=${indices}
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${home}/task-%a.log
export SEGLOSS_HEARTBEAT_SECONDS=1 SEGLOSS_CHECKPOINT_SECONDS=0.2
exec ${process.execPath} ${cli} sweep ${file} -o ${home}/struck --device cpu --no-progress \\
  --shard "$SLURM_ARRAY_TASK_ID/4"
`;
  writeFileSync(script, text);
  return cluster.run("sbatch", "--parsable", script).trim();
}

/** Returns the tasks of the queue with their state and node: "7_2 RUNNING node1". */
function queue(): readonly string[] {
  return cluster
    .run("squeue", "-h", "-r", "-o", "%i %T %N")
    .split("\n")
    .filter((line) => line !== "");
}

async function until(holds: () => boolean, seconds = 60): Promise<void> {
  for (let waited = 0; !holds(); waited += 0.2) {
    assert.ok(waited < seconds, `the condition never held; queue: ${queue().join(", ")}`);
    await sleep(200);
  }
}

function files(out: string, pattern: RegExp): readonly string[] {
  const folder = join(home, out);
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => pattern.test(name))
    : [];
}

test("A job array survives scancel, a requeue and the power cut of a node, with the bytes of a sweep on one machine", {
  skip: noSlurm,
}, async () => {
  const cancelled = submit("1-4");
  await until(() => files("struck", /\.checkpoint$/).length > 0);
  cluster.run("scancel", cancelled);
  await until(() => queue().length === 0);
  assert.deepEqual(files("struck", /\.lock/), [], "cancelled tasks leave no locks");
  assert.ok(files("struck", /\.checkpoint$/).length > 0);

  const job = submit("1-4");
  await until(() => files("struck", /^sweep\.1-of-4\.lock$/).length > 0);
  cluster.run("scontrol", "requeue", `${job}_1`);
  const isStruck = (line: string) => line.startsWith(`${job}_2 RUNNING`);
  await until(() => queue().some(isStruck) && files("struck", /^sweep\.2-of-4\.lock$/).length > 0);
  const node = queue().find(isStruck)?.split(" ")[2] ?? assert.fail();
  cluster.cutPower(node);
  await until(() => queue().length === 0);
  const log = readFileSync(join(home, "task-2.log"), "utf8");
  assert.match(
    log,
    new RegExp(`sweep\\.2-of-4\\.lock: waiting up to 4 s to see whether process \\d+ on ${node} `),
  );
  const record = JSON.parse(readFileSync(join(home, "struck/adam-nobn-t0.5-cce/run-0.json"), "utf8"));
  assert.match(record.environment.job, /^slurm \d+_[1-4]$/);

  const { code, err } = await segloss(["sweep", file, "-o", "struck", "--device", "cpu"], home);
  assert.deepEqual([code, err], [0, "6 cells, 24 runs: all done in struck\n"]);
  const names = files("plain", /\.csv$/);
  assert.equal(names.length, 25);
  for (const name of names) {
    assert.equal(
      readFileSync(join(home, "struck", name), "utf8"),
      readFileSync(join(home, "plain", name), "utf8"),
      name,
    );
  }
  assert.deepEqual(files("struck", /\.lock|\.tmp|\.partial|\.checkpoint/), []);
});
