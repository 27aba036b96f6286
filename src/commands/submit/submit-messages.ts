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

/** Returns a note about variables that would be defaults of sbatch, if there are any. */
export function defaultsNote(names: readonly string[]): readonly string[] {
  return names.length === 0
    ? []
    : [`sbatch does not get ${names.join(", ")}; give what is needed after --, such as -- --account=NAME`];
}

/** Returns a line for each shard, the first twenty of many. */
export function shardList({ shards }: ShardPlan): readonly string[] {
  return truncateList(shardLines(shards));
}

/** Returns the jobs, and what to type next. */
export function submittedLines(
  folder: string,
  array: SlurmJob,
  end: SlurmJob,
  shards: number,
): readonly string[] {
  const where = array.cluster === undefined ? [] : [`--clusters=${array.cluster}`];
  return [
    `Job ${array.id} trains ${pluralize(shards, "shard")}; job ${end.id} then merges and reports.`,
    ...aligned([
      ["how far it is", statusCommand(folder)],
      ["the queue", shellLine(["squeue", ...where, `--jobs=${array.id},${end.id}`])],
      ["to end it", shellLine(["scancel", ...where, array.id, end.id])],
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
