import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
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

/** A real Slurm cluster of three nodes on this machine. */
export interface SlurmCluster {
  /** Runs a command of Slurm and returns what it prints. */
  readonly run: (command: string, ...words: readonly string[]) => string;
  /** Ends all processes of a node at once, and tells Slurm that the node is down. */
  readonly cutPower: (node: string) => void;
  readonly close: () => void;
}

/** Starts a cluster with its files in an empty folder. It ends with this process at the latest. Makes the folder that it is in searchable for everyone. */
export function openSlurmCluster(folder: string): SlurmCluster {
  const env = { ...process.env, PATH: path, SLURM_CONF: join(folder, "slurm.conf") };
  const run = (command: string, ...words: readonly string[]): string =>
    execFileSync(command, words, { env, encoding: "utf8" });
  const close = (): void => void run("bash", script, "down", folder);
  // The authentication service refuses folders that others cannot search.
  chmodSync(dirname(folder), 0o755);
  try {
    run("bash", script, "up", folder, String(process.pid));
  } catch (error) {
    close();
    throw error;
  }
  return {
    run,
    cutPower(node) {
      const line = readFileSync(join(folder, "pids"), "utf8")
        .split("\n")
        .find((text) => text.endsWith(` ${node}`));
      process.kill(Number(line?.split(" ")[0]), "SIGKILL");
      run("scontrol", "update", `nodename=${node}`, "state=down", "reason=power");
    },
    close,
  };
}
