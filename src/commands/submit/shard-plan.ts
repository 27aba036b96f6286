import { exitCode, SeglossError } from "../../errors.js";
import { type Division, readDivision } from "../../results/sweep/division.js";
import { divisionId, maxShards, partitionRuns, type Shard } from "../../results/sweep/partition.js";
import { readRunStates } from "../../results/sweep/sweep-folder.js";
import { costPerSecond } from "../../study/lanes/cost.js";
import type { Run } from "../../study/run.js";
import { mostShards } from "../sweep/shard.js";
import type { SubmitRequest } from "./submit-request.js";

/** How a sweep is divided for a submission, and what of it is left to do. */
export interface ShardPlan {
  readonly shards: readonly Shard[];
  readonly division: Division;
  /** The shards that have a run that is not done. */
  readonly incomplete: readonly Shard[];
  /** Estimated seconds of the longest shard. */
  readonly longestSeconds: number;
}

/** A job waits and starts for minutes, so a shard should have at least so many seconds of work. */
const leastSeconds = 600;

/**
 * Divides a sweep. Without `--shards` it is divided as before, if it still has the same runs, so that only what is missing need
 * be submitted; else by the cost model. Reads the files of all runs. Throws SeglossError for more shards than there is work.
 */
export async function planShards({ sweep, engine, shards: wanted }: SubmitRequest): Promise<ShardPlan> {
  const { chosen, out, only, common } = sweep;
  // Where the device is chosen automatically, machines may differ: they must agree on the division.
  const device = common.device === "gpu" ? "gpu" : "cpu";
  const most = maxShards(chosen, device);
  if (wanted !== undefined && wanted > most) {
    const unit = device === "gpu" ? "compiled steps, along which it is divided on a GPU" : "runs";
    throw new SeglossError(
      `--shards: got ${wanted}; allowed: at most ${most}, because the sweep has ${most} ${unit}`,
      {
        exitCode: exitCode.usage,
      },
    );
  }
  const cores = coresOfShard(engine);
  const before = readDivision(out);
  const isAsBefore =
    before?.device === device &&
    divisionId(partitionRuns(chosen, before.count, device), device) === before.id;
  const count = wanted ?? (isAsBefore ? before.count : Math.min(proposedCount(chosen, device, cores), most));
  const shards = partitionRuns(chosen, count, device);
  const states = await readRunStates(out, chosen);
  const isLeft = (run: Run) => states.get(run)?.state !== "done";
  return {
    shards,
    division: { count, device, only, id: divisionId(shards, device) },
    incomplete: shards.filter(({ runs }) => runs.some(isLeft)),
    longestSeconds: Math.max(...shards.map(({ cost }) => cost)) / costPerSecond / cores,
  };
}

/** GNU parallel uses all cores of a machine, but they are not known here. */
function coresOfShard(engine: SubmitRequest["engine"]): number {
  switch (engine.name) {
    case "slurm":
      return engine.sbatch.cores;
    case "kubernetes":
      return engine.cores;
    case "parallel":
      return 1;
  }
}

function proposedCount(runs: readonly Run[], device: "cpu" | "gpu", cores: number): number {
  const cost = partitionRuns(runs, 1, device)[0]?.cost ?? 0;
  const count = Math.floor(cost / costPerSecond / cores / leastSeconds);
  return Math.min(Math.max(count, 1), mostShards);
}
