import type { SweepPart } from "../../results/paths.js";
import type { RunEnvironment } from "../../results/status/environment-mix.js";
import type { RunStage } from "../../results/status/run-stage.js";
import type { SweepRunStatus, SweepStatus } from "../../results/status/sweep-status.js";

/**
 * Returns a status as it is printed by `--json`. Dates are ISO 8601 texts, shares are in [0, 1], a shard is "2/8", and
 * `environment` is an index of `environments`.
 */
export function statusJson(status: SweepStatus): object {
  const { folder, readAt, total, shards, owners, mixes, hasWholeSummary, runs } = status;
  const environments = new Map<RunEnvironment, number>();
  const shownRuns = runs.map((run) => shownRun(run, environments));
  return {
    folder,
    readAt,
    isComplete: total.counts.complete === total.runs,
    hasWholeSummary,
    total,
    shards: shards.map(({ part, owner, ...progress }) => ({
      shard: partText(part),
      ...progress,
      lock: owner?.lock,
    })),
    owners: owners.map(({ part, ...owner }) => ({ ...owner, shard: partText(part) })),
    mixes,
    environments: [...environments.keys()],
    runs: shownRuns,
  };
}

function shownRun(
  { name, shard, owner, run: _, ...stage }: SweepRunStatus,
  environments: Map<RunEnvironment, number>,
): object {
  return { name, shard: partText(shard), lock: owner?.lock, ...shownStage(stage, environments) };
}

function shownStage(stage: RunStage, environments: Map<RunEnvironment, number>): object {
  if (stage.state !== "complete") {
    return stage;
  }
  const { environment, ...complete } = stage.complete;
  const index = environments.get(environment) ?? environments.size;
  environments.set(environment, index);
  return { state: stage.state, ...complete, environment: index };
}

function partText(part: SweepPart | undefined): string | undefined {
  return part && `${part.index}/${part.count}`;
}
