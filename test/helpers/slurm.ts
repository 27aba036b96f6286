import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { noNamespaces } from "./namespaces.js";

const script = fileURLToPath(new URL("slurm-cluster.sh", import.meta.url));
const programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue"];
const path = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Why no Slurm cluster can be started for tests; false if one can. */
export const noSlurm: string | false =
  noNamespaces ||
  (programs.every((name) => spawnSync("which", [name], { env: { ...process.env, PATH: path } }).status === 0)
    ? false
    : "needs Slurm: apt-get install --no-install-recommends munge slurmctld slurmd slurm-client");

/** A task of a job in the queue. */
export interface QueuedTask {
  /** "12_3" */
  readonly name: string;
  /** Its number in the array. */
  readonly index: number;
  /** The number of the task as a job of its own. */
  readonly job: string;
  readonly state: string;
  readonly node: string;
}

/** A real Slurm cluster of five nodes on this machine. */
export interface SlurmCluster {
  /** Environment for commands of Slurm. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command of Slurm and returns what it prints. */
  readonly run: (command: string, ...words: readonly string[]) => string;
  /** Returns the tasks of a job that are waiting or running. */
  readonly queue: (job: string) => readonly QueuedTask[];
  /** Ends all processes of a node at once, and reports to Slurm that the node is down. */
  readonly cutPower: (node: string) => void;
  /** Starts a node again that has lost power. */
  readonly restart: (node: string) => void;
  /** Ends the daemon of Slurm that watches a running task, and nothing else. */
  readonly killStepDaemon: (task: QueuedTask) => void;
  /** Has the processes of a node find another text in a file. */
  readonly replaceFile: (node: string, path: string, by: string) => void;
  readonly close: () => void;
}

/** Starts a cluster with its files in an empty folder. It ends with this process at the latest. Makes the folder that it is in searchable for everyone. */
export function openSlurmCluster(folder: string): SlurmCluster {
  const env = { PATH: path, SLURM_CONF: join(folder, "slurm.conf") };
  const run = (command: string, ...words: readonly string[]): string =>
    execFileSync(command, words, {
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const close = (): void => void run("bash", script, "down", folder);
  // The authentication service refuses folders that others cannot search.
  chmodSync(dirname(folder), 0o755);
  try {
    run("bash", script, "up", folder, String(process.pid));
  } catch (error) {
    close();
    throw error;
  }
  const firstProcess = (node: string): number => {
    const lines = readFileSync(join(folder, "pids"), "utf8").split("\n");
    return Number(lines.find((text) => text.endsWith(` ${node}`))?.split(" ")[0]);
  };
  /** A node's first process has made the namespaces; the daemon of Slurm and its tasks are in them. */
  const insideOf = (node: string): string =>
    run("pgrep", "--parent", String(firstProcess(node)))
      .trim()
      .split("\n")[0] ?? "";
  return {
    env,
    run,
    queue(job) {
      const words = ["--noheader", "--array", `--jobs=${job}`, "--format=%i %A %T %N"];
      const lines = run("squeue", ...words).split("\n");
      return lines
        .filter((line) => line !== "")
        .map((line) => {
          const [name = "", number = "", state = "", node = ""] = line.split(" ");
          return { name, index: Number(name.split("_")[1]), job: number, state, node };
        });
    },
    cutPower(node) {
      process.kill(firstProcess(node), "SIGKILL");
      run("scontrol", "update", `nodename=${node}`, "state=down", "reason=power");
    },
    restart(node) {
      run("bash", script, "node", folder, node);
    },
    killStepDaemon({ job, node }) {
      const namespace = readlinkSync(`/proc/${insideOf(node)}/ns/pid`);
      // Another cluster on this machine may have a job of the same number.
      const pids = run("pgrep", "--full", `^slurmstepd: \\[${job}\\.batch\\]`).trim().split("\n");
      for (const pid of pids.filter((other) => readlinkSync(`/proc/${other}/ns/pid`) === namespace)) {
        process.kill(Number(pid), "SIGKILL");
      }
    },
    replaceFile(node, target, by) {
      run("nsenter", `--target=${insideOf(node)}`, "--mount", "mount", "--bind", by, target);
    },
    close,
  };
}
