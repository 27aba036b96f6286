import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { QueuedTask, SlurmCluster } from "../../test/helpers/slurm.js";
import { kill, markedProcesses } from "./processes.js";
import type { Random } from "./random.js";

// What is done to the shards of a sweep while Slurm runs them. No fault has to be found: whatever happens, the bytes are compared
// once all shards are complete.

/** What a fault needs to know. */
export interface ShardFaultContext {
  readonly cluster: SlurmCluster;
  /** Marks all processes of the sweep (see processes.ts). */
  readonly mark: string;
  /** The output folder. */
  readonly out: string;
  /** The job array that was submitted last. */
  readonly array: string;
  readonly random: Random;
}

/** A fault. Returns false if there was nothing that it could strike. */
export type ShardFault = (context: ShardFaultContext) => boolean | Promise<boolean>;

/** A node is without power for so long. */
const powerCutMs = 1000;

/** The faults that are injected into shards, by name. */
export const shardFaults: Readonly<Record<string, ShardFault>> = {
  "SIGKILL of a worker": onProcess(({ isWorker }) => isWorker),
  "SIGKILL of a task's process": onProcess(({ isWorker }) => !isWorker),
  "SIGTERM to the shell of a task": onTask(({ name }, { cluster }) =>
    cluster.run("scancel", "--signal=TERM", "--batch", name),
  ),
  "the time limit of a task": onTask(({ name }, { cluster }) =>
    cluster.run("scancel", "--signal=USR1", "--batch", name),
  ),
  "a task is cancelled": onTask(({ name }, { cluster }) => cluster.run("scancel", name)),
  "a task is requeued": onTask(({ name }, { cluster }) => cluster.run("scontrol", "requeue", name)),
  "SIGKILL of a step daemon": onTask((task, { cluster }) => cluster.killStepDaemon(task)),
  "SIGKILL of a step daemon, and a requeue": onTask((task, { cluster }) => {
    cluster.killStepDaemon(task);
    cluster.run("scontrol", "requeue", task.name);
  }),
  "the power of a node is cut": onTask(async ({ node }, { cluster }) => {
    cluster.cutPower(node);
    await sleep(powerCutMs);
    cluster.restart(node);
    cluster.run("scontrol", "update", `nodename=${node}`, "state=resume");
  }),
  "a lock is removed": onFile(/^sweep\..*\.lock$/),
  "a checkpoint is removed": onFile(/\.checkpoint$/),
  "unfinished rows are removed": onFile(/\.csv\.partial$/),
  "a CSV is removed": onFile(/run-\d+\.csv$/),
  "a record is removed": onFile(/run-\d+\.json$/),
};

function onProcess(isStruck: (process: ReturnType<typeof markedProcesses>[number]) => boolean): ShardFault {
  return ({ mark, random }) => {
    const found = markedProcesses(mark).filter(isStruck);
    if (found.length > 0) {
      kill(random.pick(found).pid);
    }
    return found.length > 0;
  };
}

/** Strikes a running task. It may end at the same moment: then Slurm's commands fail, and nothing was struck. */
function onTask(strike: (task: QueuedTask, context: ShardFaultContext) => unknown): ShardFault {
  return async (context) => {
    const running = context.cluster.queue(context.array).filter(({ state }) => state === "RUNNING");
    if (running.length === 0) {
      return false;
    }
    try {
      await strike(context.random.pick(running), context);
      return true;
    } catch {
      return false;
    }
  };
}

function onFile(pattern: RegExp): ShardFault {
  return ({ out, random }) => {
    const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) =>
      pattern.test(name),
    );
    if (files.length > 0) {
      rmSync(join(out, random.pick(files)), { force: true });
    }
    return files.length > 0;
  };
}
