import { z } from "zod";
import { parseFlag } from "../../config/flags.js";
import type { Problems } from "../../config/problems.js";
import type { ValueType } from "../../config/value-types.js";
import { exitCode, SeglossError } from "../../errors.js";
import { arrayTask } from "../../results/batch-job.js";
import type { SweepPart } from "../../results/paths.js";
import type { Division } from "../../results/sweep/division.js";
import { divisionId, maxShards, partitionRuns, type Shard } from "../../results/sweep/partition.js";
import type { Device } from "../../runner/types.js";
import { costPerSecond } from "../../study/lanes/cost.js";
import type { Run } from "../../study/run.js";
import { pluralize } from "../../terminal/messages.js";

/** The shard that `--shard` asks for. */
export interface ShardRequest {
  readonly part: SweepPart;
  /** Of this shard. */
  readonly runs: readonly Run[];
  readonly shards: readonly Shard[];
  readonly division: Division;
}

/** A job array of Slurm has at most so many tasks, as it is usually set up. */
export const mostShards = 1000;

const partType: ValueType<SweepPart> = {
  type: z.object({ index: z.number(), count: z.number() }),
  allowed: "I/N, for part I of N, with I from 1 to N and N at most 1,000",
  words: [],
  placeholder: "I/N",
  parse(text) {
    const [, index = 0, count = 0] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
    return index >= 1 && index <= count && count <= mostShards ? { index, count } : text;
  },
};

/**
 * Divides runs as the text of `--shard` says. Returns undefined without one, or every problem of it.
 *
 * @param only the texts of `--only`, which have selected the runs
 */
export function parseShard(
  text: string | undefined,
  runs: readonly Run[],
  only: readonly string[],
  device: Device,
): { readonly shard: ShardRequest | undefined } | Problems {
  if (text === undefined) {
    return { shard: undefined };
  }
  const parsed = parseFlag("--shard", text, partType);
  if ("problems" in parsed) {
    return parsed;
  }
  const part = parsed.value;
  // Where the device is chosen automatically, machines may differ: they must agree on the division.
  const kind = device === "gpu" ? "gpu" : "cpu";
  const most = maxShards(runs, kind);
  if (kind === "gpu" && part.count > most) {
    const got = `${part.count} shards for ${pluralize(most, "compiled step")}`;
    const allowed = `at most ${most}: on a GPU a sweep is divided along its compiled steps`;
    return { problems: [{ place: "--shard", path: "", got, allowed }] };
  }
  const shards = partitionRuns(runs, part.count, kind);
  const own = shards[part.index - 1]?.runs ?? [];
  const division = { count: part.count, device: kind, only, id: divisionId(shards, kind) } as const;
  return { shard: { part, runs: own, shards, division } };
}

/**
 * Throws SeglossError in a task of a job array without `--shard`: every task would train the whole sweep, and all but one
 * would be refused.
 */
export function refuseUndividedArray(
  shard: ShardRequest | undefined,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const task = arrayTask(env);
  if (shard === undefined && task !== undefined) {
    throw new SeglossError(
      `--shard is missing: this is task ${task.index} of a job array, and every task would train the whole sweep. Add --shard "$${task.variable}/N", with N the number of tasks, which are numbered from 1; or --shard 1/1 if every task has a sweep of its own`,
      { exitCode: exitCode.usage },
    );
  }
}

/** Returns the name of a shard: "shard 2 of 8". */
export function shardName({ index, count }: SweepPart): string {
  return `shard ${index} of ${count}`;
}

/** Returns a line for each shard: "shard 2 of 8: 14 runs, about 1 min on one core". */
export function shardLines(shards: readonly Shard[]): readonly string[] {
  return shards.map(({ part, runs, cost }) => {
    const minutes = cost / costPerSecond / 60;
    const time = minutes < 0.95 ? "less than a minute" : `about ${Math.round(minutes)} min`;
    return `${shardName(part)}: ${pluralize(runs.length, "run")}, ${time} on one core`;
  });
}

/** Returns the number of runs of all shards. */
export function totalRuns({ shards }: ShardRequest): number {
  return shards.reduce((total, { runs }) => total + runs.length, 0);
}
