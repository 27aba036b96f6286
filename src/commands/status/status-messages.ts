import { seglossCommandLine } from "../../installation.js";
import type { EnvironmentMix } from "../../results/status/environment-mix.js";
import type { ShardStatus, SweepStatus } from "../../results/status/sweep-status.js";
import type { Division } from "../../results/sweep/division.js";
import { shellLine } from "../../shell-line.js";
import { pluralize, truncateList } from "../../terminal/messages.js";

// What a status or a merge says beside its results.

/** Commands that a message lists. */
const listedCommands = 5;

/** Returns what to type next, as lines: how to train what no process is going to train, and how to put shards together. */
export function nextCommands(status: SweepStatus): readonly string[] {
  const { folder, total, shards, division, isSubmitted, owners, hasWholeSummary } = status;
  const isWorking = owners.some(({ state }) => state === "working");
  if (total.counts.complete === total.runs) {
    const merge = seglossCommandLine(shellLine(["merge", folder]));
    return hasWholeSummary || isWorking ? [] : [`To write the summary: ${merge}`];
  }
  const idle = shards.filter(isIdle);
  if (isSubmitted && idle.length > 0) {
    const submit = seglossCommandLine(shellLine(["submit", folder]));
    return [
      `To submit the shards that are incomplete and not in the queue: ${submit}, with the flags that it had`,
    ];
  }
  if (division !== undefined && idle.length > 0 && (isWorking || isWholeSweep(shards, total.runs))) {
    const commands = idle.map(({ part }) =>
      shardCommandLine(folder, division, `${part.index}/${part.count}`),
    );
    return [
      "To train what is left, on any machine:",
      ...truncateList(commands, listedCommands).map(indented),
    ];
  }
  if (isWorking) {
    const { failed } = total.counts;
    return failed === 0 ? [] : ["Failed runs are trained again by the next sweep."];
  }
  return [trainCommand(folder)];
}

/** Returns a line with the command that trains all runs of a folder that are not complete. */
export function trainCommand(folder: string): string {
  return `To train what is left: ${seglossCommandLine(shellLine(["sweep", folder]))}`;
}

/** Returns whether a shard is incomplete and no process is training it. */
function isIdle({ counts, runs, owner }: ShardStatus): boolean {
  return counts.complete < runs && owner?.state !== "working";
}

/** Returns whether the shards have all runs of the sweep. */
function isWholeSweep(shards: readonly ShardStatus[], runs: number): boolean {
  return shards.reduce((sum, shard) => sum + shard.runs, 0) === runs;
}

function shardCommandLine(folder: string, { device, only }: Division, part: string): string {
  const filters = only.flatMap((text) => ["--only", text]);
  const where = device === "gpu" ? ["--device", "gpu"] : [];
  return seglossCommandLine(shellLine(["sweep", folder, ...filters, ...where, "--shard", part]));
}

function indented(line: string): string {
  return `  ${line}`;
}

/** Names of runs that a warning lists for each value. */
const listedRuns = 3;

/** Returns a warning for each property in which runs differ. It names the runs of all values but the most frequent one. */
export function mixWarnings(mixes: readonly EnvironmentMix[]): readonly string[] {
  return mixes.map(({ property, values }) => {
    const parts = values.map(({ value, runs }, index) => {
      const names = index === 0 ? "" : ` (${truncateList(runs, listedRuns).join(", ")})`;
      return `${pluralize(runs.length, "run")} with ${value}${names}`;
    });
    return `the runs differ in ${property}: ${parts.join("; ")}`;
  });
}
