import { execFileSync } from "node:child_process";
import { escapeControls } from "../config/problems.js";
import { exitCode, firstLine, SeglossError } from "../errors.js";
import { isFileError } from "../results/fs/errors.js";

// Calls of Slurm's commands. They never ask for accounting, which many clusters do not have.

/** A job in Slurm. */
export interface SlurmJob {
  readonly id: string;
  /** The cluster that it was submitted to; undefined for the one of this machine. */
  readonly cluster?: string | undefined;
}

/**
 * Submits a script and returns its job. Throws SeglossError if Slurm refuses it.
 *
 * @param words sbatch with `--parsable` and its further arguments
 * @param folder where it is started; paths in the script are relative to it
 */
export function submitScript(words: readonly string[], folder: string): SlurmJob {
  const [id = "", cluster] = runSlurm(words, folder).trim().split(";");
  if (!/^\d+$/.test(id)) {
    throw slurmError(`sbatch printed ${JSON.stringify(id)} instead of the number of a job`);
  }
  return { id, cluster };
}

/** Returns which tasks of a job array are waiting or running. None are if Slurm does not know the job any more. */
export function queuedTasks({ id, cluster }: SlurmJob): readonly number[] {
  const where = cluster === undefined ? [] : [`--clusters=${cluster}`];
  const words = ["squeue", "--noheader", "--array", "--format=%i", `--jobs=${id}`, ...where];
  let text: string;
  try {
    text = runSlurm(words, "/");
  } catch (error) {
    if (error instanceof SeglossError && /Invalid job id/i.test(error.message)) {
      return [];
    }
    throw error;
  }
  return [...text.matchAll(/^\d+_(\d+)$/gm)].map(([, task]) => Number(task));
}

/**
 * Returns the environment for Slurm's commands. Variables of Slurm are dropped: within a job they describe that job, and
 * sbatch takes them for options of the next one. SLURM_CONF says where Slurm is.
 */
export function slurmEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name === "SLURM_CONF" || !/^(?:SLURM|SBATCH)_/.test(name)),
  );
}

/** Returns the defaults for sbatch that the user has set by variables, and that it does not get. In a job they are of the job. */
export function droppedDefaults(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const isInJob = env.SLURM_JOB_ID !== undefined;
  return isInJob ? [] : Object.keys(env).filter((name) => name.startsWith("SBATCH_"));
}

function runSlurm([command = "", ...words]: readonly string[], folder: string): string {
  try {
    return execFileSync(command, words, {
      cwd: folder,
      env: slurmEnvironment(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") {
      throw slurmError(
        `${command} was not found: submit from a machine of the cluster, or choose another --engine: parallel, kubernetes`,
      );
    }
    const { stderr = "" } = error as { readonly stderr?: string };
    const reason = stderr.trim() === "" ? firstLine(error) : stderr.trim();
    throw slurmError(`${command} failed: ${reason.split("\n").map(escapeControls).join("\n")}`);
  }
}

function slurmError(message: string): SeglossError {
  return new SeglossError(message, { exitCode: exitCode.usage });
}
