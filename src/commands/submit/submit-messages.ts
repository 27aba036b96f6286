import type { SlurmJob } from "../../cluster/sbatch.js";
import { numberRanges } from "../../cluster/shard-job.js";
import type { EngineName } from "../../cluster/submission.js";
import { seglossCommandLine } from "../../installation.js";
import { clusterFile } from "../../results/paths.js";
import { shellLine } from "../../shell-line.js";
import { pluralize, truncateList } from "../../terminal/messages.js";
import { resumeCommand } from "../options.js";
import { shardLines } from "../sweep/shard.js";
import type { ShardPlan } from "./shard-plan.js";

// What submit prints for a person.

/**
 * Returns how the sweep is divided, and what of it is submitted now.
 *
 * @param indices the shards that are submitted
 * @param queued those that were submitted before and are still in the queue
 */
export function planLines(
  { shards, incomplete, longestSeconds }: ShardPlan,
  indices: readonly number[],
  queued: readonly number[],
): readonly string[] {
  const runs = shards.reduce((total, shard) => total + shard.runs.length, 0);
  const time = longestSeconds < 57 ? "less than a minute" : `about ${Math.round(longestSeconds / 60)} min`;
  const complete = shards.length - incomplete.length;
  return [
    `${pluralize(runs, "run")} in ${pluralize(shards.length, "shard")}, the longest takes ${time}`,
    ...(complete === 0 ? [] : [`complete: ${complete} of ${pluralize(shards.length, "shard")}`]),
    ...(queued.length === 0 ? [] : [`still in the queue: ${shardNumbers(queued)}`]),
    ...(indices.length === shards.length || indices.length === 0
      ? []
      : [`submitted now: ${shardNumbers(indices)}`]),
  ];
}

/** Returns a line for each shard, the first twenty of many. */
export function shardList({ shards }: ShardPlan): readonly string[] {
  return truncateList(shardLines(shards));
}

/** Returns the jobs, and what to type next. */
export function submittedLines(folder: string, jobs: readonly SlurmJob[], shards: number): readonly string[] {
  const [array, end] = jobs.map(({ id }) => id);
  const clusters = [...new Set(jobs.flatMap(({ cluster }) => cluster ?? []))];
  const where = clusters.length === 0 ? [] : [`--clusters=${clusters.join()}`];
  return [
    `Job ${array} trains ${pluralize(shards, "shard")}; job ${end} then merges and reports.`,
    ...aligned([
      ["how far it is", statusCommand(folder)],
      ["the queue", shellLine(["squeue", ...where, `--jobs=${array},${end}`])],
      ["to end it", shellLine(["scancel", ...where, `${array}`, `${end}`])],
      ["what did not finish, again", resumeCommand()],
    ]),
  ];
}

/** Returns how to start what was written, for an engine that is not started by segloss. */
export function startLines(folder: string, engine: Exclude<EngineName, "slurm">): readonly string[] {
  const commands: readonly (readonly [string, string])[] =
    engine === "parallel"
      ? [["to start it, and leave it running", shellLine(["bash", `${folder}/${clusterFile.parallel}`])]]
      : [
          ["to start it", shellLine(["kubectl", "create", "-f", `${folder}/${clusterFile.job}`])],
          ["once it has ended", mergeCommand(folder)],
        ];
  return [
    "Nothing was started.",
    ...aligned([
      ...commands,
      ["how far it is", statusCommand(folder)],
      ["what did not finish, again", resumeCommand()],
    ]),
  ];
}

/** Returns what to do with a sweep whose shards are all complete. */
export function mergeLines(folder: string): readonly string[] {
  return [`Next: ${mergeCommand(folder)}`];
}

function statusCommand(folder: string): string {
  return seglossCommandLine(shellLine(["status", folder]));
}

function mergeCommand(folder: string): string {
  return `${seglossCommandLine(shellLine(["merge", folder]))} && ${seglossCommandLine(shellLine(["report", folder]))}`;
}

function shardNumbers(indices: readonly number[]): string {
  return `${indices.length === 1 ? "shard" : "shards"} ${numberRanges(indices)}`;
}

function aligned(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([title]) => title.length));
  return rows.map(([title, command]) => `  ${`${title}:`.padEnd(width + 1)}  ${command}`);
}
