import type { Config } from "../../config/config.js";
import { runName } from "../../config/run-names.js";
import { costOf } from "../../study/lanes/cost.js";
import type { Cell, Run } from "../../study/run.js";
import type { SweepPart } from "../paths.js";
import type { Division } from "../sweep/division.js";
import { type EnvironmentMix, findMixes } from "./environment-mix.js";
import { type DoneWork, expectedEnd, type Pace, paceSince } from "./expected-end.js";
import type { FolderFacts } from "./folder-facts.js";
import { ownerOf, type RunStage, type SweepOwner, shareOf, stageOf } from "./run-stage.js";

// How far a sweep is: a pure function of what was found in its folder.

/** How far a run is, and which process and shard have it. */
export type SweepRunStatus = RunStage & {
  readonly run: Run;
  /** `<cell>/run-<n>` */
  readonly name: string;
  /** The shard that has it in the last division. */
  readonly shard: SweepPart | undefined;
  /** The process that trains it or will do so. */
  readonly owner: SweepOwner | undefined;
};

/** The number of runs in each state. */
export type RunCounts = Readonly<Record<RunStage["state"], number>>;

/** How far a number of runs are. */
export interface ProgressOfRuns {
  readonly runs: number;
  readonly counts: RunCounts;
  /** Share of the work that is done, by the estimated cost of the steps; in [0, 1]. */
  readonly share: number;
  /** Undefined as long as nothing is running, or nothing was measured. */
  readonly expectedEnd: Date | undefined;
}

/** How far a shard is. */
export interface ShardStatus extends ProgressOfRuns {
  readonly part: SweepPart;
  readonly owner: SweepOwner | undefined;
}

/** How far a sweep is. */
export interface SweepStatus {
  readonly folder: string;
  readonly config: Config;
  readonly readAt: Date;
  readonly total: ProgressOfRuns;
  /** The last division into shards; undefined if the sweep was never divided, or has grown since. */
  readonly division: Division | undefined;
  /** Of the last division, in order; none without one. */
  readonly shards: readonly ShardStatus[];
  /** The processes that hold a lock. */
  readonly owners: readonly SweepOwner[];
  /** Properties of processors and programs in which finished runs differ. */
  readonly mixes: readonly EnvironmentMix[];
  /** Whether `segloss submit` has put shards into a queue: a shard that no process has may be waiting there. */
  readonly isSubmitted: boolean;
  /** True if summary.csv has a row for each finished run. */
  readonly hasWholeSummary: boolean;
  /** In grid order. */
  readonly runs: readonly SweepRunStatus[];
}

/** Returns how far a sweep is. */
export function summarizeSweep(facts: FolderFacts): SweepStatus {
  const { folder, config, readAt } = facts;
  const shards = facts.divided?.shards ?? [];
  const locks = facts.locks.map((lock) => ({ ...lock, owner: ownerOf(lock, readAt) }));
  const owners = locks.map(({ owner }) => owner);
  const ownerOfRun = new Map(locks.flatMap((lock) => [...lock.runs].map((run) => [run, lock.owner])));
  const partOfRun = new Map(shards.flatMap(({ part, runs }) => runs.map((run) => [run, part])));
  const runs = facts.runs.map((run): SweepRunStatus => {
    const owner = ownerOfRun.get(run);
    const stage = stageOf(run, facts.files.get(run) ?? { hasCheckpoint: false }, owner);
    return { ...stage, run, name: runName(run), shard: partOfRun.get(run), owner };
  });
  const costOfRun = createCosts();
  const byOwner = groupBy(runs, ({ owner }) => owner);
  const paces = new Map(
    owners.map((owner) => [owner, paceOf(owner, byOwner.get(owner) ?? [], facts, costOfRun)]),
  );
  const progress = (some: readonly SweepRunStatus[], working: readonly SweepOwner[]): ProgressOfRuns => {
    const left = costLeft(some, costOfRun);
    const cost = some.reduce((sum, { run }) => sum + costOfRun(run), 0);
    const known = working.flatMap((owner) => paces.get(owner) ?? []);
    return {
      runs: some.length,
      counts: countStates(some),
      share: cost === 0 ? 1 : 1 - left / cost,
      expectedEnd: expectedEnd(known, costLeft(some.filter(willBeTrained), costOfRun), readAt),
    };
  };
  const byPart = groupBy(runs, ({ shard }) => shard);
  return {
    folder,
    config,
    readAt,
    total: progress(runs, owners),
    division: facts.divided?.division,
    isSubmitted: facts.isSubmitted,
    shards: shards.map(({ part }) => {
      const owner = locks.find((lock) => isSamePart(lock.part, part))?.owner;
      return { part, owner, ...progress(byPart.get(part) ?? [], owner === undefined ? [] : [owner]) };
    }),
    owners,
    mixes: findMixes(
      runs.flatMap((run) =>
        run.state === "complete" ? { name: run.name, environment: run.complete.environment } : [],
      ),
    ),
    hasWholeSummary: facts.summaryRows === countStates(runs).complete,
    runs,
  };
}

/** Returns how fast a process works; undefined if it has ended, or if it is not known since when it works. */
function paceOf(
  { state, since }: SweepOwner,
  runs: readonly SweepRunStatus[],
  { files, readAt }: FolderFacts,
  costOfRun: (run: Run) => number,
): Pace | undefined {
  if (state !== "working" || since === undefined) {
    return undefined;
  }
  const done = runs.flatMap((status): readonly DoneWork[] => {
    const cost = costOfRun(status.run);
    if (status.state === "complete") {
      return [{ cost, begun: status.complete.started, ended: status.complete.finished }];
    }
    const begun = files.get(status.run)?.partial?.created;
    return status.state === "running" ? [{ cost: cost * status.share, begun, ended: status.lastRow }] : [];
  });
  return paceSince(since, readAt, done, costLeft(runs.filter(willBeTrained), costOfRun));
}

/** What has failed is tried again only by a process that began after that. */
function willBeTrained(status: SweepRunStatus): boolean {
  const { since, state } = status.owner ?? {};
  return (
    status.state !== "failed" || (state === "working" && since !== undefined && status.failure.failed < since)
  );
}

function costLeft(runs: readonly SweepRunStatus[], costOfRun: (run: Run) => number): number {
  return runs.reduce((sum, status) => sum + costOfRun(status.run) * (1 - shareOf(status)), 0);
}

/** All runs of a cell have the same cost. */
function createCosts(): (run: Run) => number {
  const costs = new Map<Cell, number>();
  return (run) => {
    const cost = costs.get(run.cell) ?? costOf(run);
    costs.set(run.cell, cost);
    return cost;
  };
}

function countStates(runs: readonly SweepRunStatus[]): RunCounts {
  const counts = { complete: 0, running: 0, interrupted: 0, failed: 0, damaged: 0, missing: 0 };
  for (const { state } of runs) {
    counts[state]++;
  }
  return counts;
}

function isSamePart(one: SweepPart | undefined, other: SweepPart): boolean {
  return one?.index === other.index && one.count === other.count;
}

function groupBy<Key>(
  runs: readonly SweepRunStatus[],
  keyOf: (run: SweepRunStatus) => Key,
): ReadonlyMap<Key, readonly SweepRunStatus[]> {
  const groups = new Map<Key, SweepRunStatus[]>();
  for (const run of runs) {
    const group = groups.get(keyOf(run)) ?? [];
    groups.set(keyOf(run), group);
    group.push(run);
  }
  return groups;
}
