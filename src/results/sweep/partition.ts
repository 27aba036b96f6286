import { canonicalJson, sha256Hex } from "../../config/hash.js";
import { runName } from "../../config/run-names.js";
import { compilationCost, costOf } from "../../study/lanes/cost.js";
import { signatureKey } from "../../study/lanes/step-signature.js";
import type { Run } from "../../study/run.js";
import type { SweepPart } from "../paths.js";

// Divides a sweep into shards that machines can train independently. A pure function of the runs, the number of shards and the
// kind of device: every machine that computes it finds the same shards.

/** A part of a sweep, to be trained by one process. */
export interface Shard {
  readonly part: SweepPart;
  /** In the order of the runs that were divided. */
  readonly runs: readonly Run[];
  /** Of the runs and of compiling their steps, in the unit of `costOf`. */
  readonly cost: number;
}

/** A run and what the division depends on. */
interface PlannedRun {
  readonly run: Run;
  /** Its place among the runs that are divided. */
  readonly place: number;
  readonly key: string;
  readonly cost: number;
}

/** The longest shard is at most this many times as long as the mean, if that can be had. */
const maxImbalance = 1.15;

/**
 * Divides runs into `count` shards of about equal cost, compilations included. Of two divisions the one whose longest shard is
 * shorter is taken: a cut of the runs in order of their step signatures, which needs the fewest compilations; or, for a better
 * balance, LPT scheduling (Graham 1969, https://doi.org/10.1137/0117039). Both keep runs of the same images together where they
 * can, because they share the drawing of images.
 *
 * On a GPU only whole compiled steps are assigned: the last bits of runs depend on the number of lanes that are trained with
 * them. So at most `maxShards` shards have runs.
 */
export function partitionRuns(runs: readonly Run[], count: number, device: "cpu" | "gpu"): readonly Shard[] {
  const planned = planRuns(runs);
  if (device === "gpu") {
    return shardsOf(assignSteps(planned, count));
  }
  const [cut, longestFirst] = [shardsOf(cutRuns(planned, count)), shardsOf(assignRuns(planned, count))];
  const isCutBetter = longest(cut) <= longest(longestFirst) && longest(cut) <= maxImbalance * mean(cut);
  return isCutBetter ? cut : longestFirst;
}

/** All runs of a cell have the same key and cost. */
function planRuns(runs: readonly Run[]): readonly PlannedRun[] {
  const cells = new Map<Run["cell"], { readonly key: string; readonly cost: number }>();
  return runs.map((run, place) => {
    const known = cells.get(run.cell) ?? { key: signatureKey(run), cost: costOf(run) };
    cells.set(run.cell, known);
    return { run, place, ...known };
  });
}

function shardsOf(assigned: readonly (readonly PlannedRun[])[]): readonly Shard[] {
  return assigned.map((members, index) => {
    const compilations = new Set(members.map(({ key }) => key)).size;
    return {
      part: { index: index + 1, count: assigned.length },
      runs: members.toSorted((a, b) => a.place - b.place).map(({ run }) => run),
      cost: members.reduce((total, { cost }) => total + cost, 0) + compilations * compilationCost,
    };
  });
}

function longest(shards: readonly Shard[]): number {
  return shards.reduce((most, { cost }) => Math.max(most, cost), 0);
}

function mean(shards: readonly Shard[]): number {
  return shards.reduce((total, { cost }) => total + cost, 0) / shards.length;
}

/** Returns into how many shards runs can be divided so that each has some. */
export function maxShards(runs: readonly Run[], device: "cpu" | "gpu"): number {
  return device === "gpu" ? new Set(runs.map(signatureKey)).size : runs.length;
}

/** Returns a text that is equal only for the same division: the same runs in the same shards. */
export function divisionId(shards: readonly Shard[], device: "cpu" | "gpu"): string {
  return sha256Hex(canonicalJson([device, shards.map(({ runs }) => runs.map(runName))])).slice(0, 16);
}

/** Orders runs by step signature and images, and cuts at equal costs: a run is where the middle of its cost lies. */
function cutRuns(runs: readonly PlannedRun[], count: number): readonly (readonly PlannedRun[])[] {
  const total = runs.reduce((sum, { cost }) => sum + cost, 0);
  const shards = emptyShards(count);
  let before = 0;
  for (const run of classesOf(runs).flat()) {
    const shard = Math.min(count - 1, Math.floor(((before + run.cost / 2) / total) * count));
    shards[shard]?.push(run);
    before += run.cost;
  }
  return shards;
}

/** Assigns the longest runs first, each to the shard that would then be the shortest. */
function assignRuns(runs: readonly PlannedRun[], count: number): readonly (readonly PlannedRun[])[] {
  const loads = new Float64Array(count);
  const keys = Array.from({ length: count }, () => new Set<string>());
  const shards = emptyShards(count);
  for (const equal of classesOf(runs)) {
    const { key = "", cost = 0 } = equal[0] ?? {};
    // The load of each shard if it is assigned one more of these runs.
    const ends = loads.map((load, shard) => load + cost + (keys[shard]?.has(key) ? 0 : compilationCost));
    const taken = new Uint32Array(count);
    for (let left = equal.length; left > 0; left--) {
      const shortest = indexOfLeast(ends);
      const end = ends[shortest] ?? 0;
      loads[shortest] = end;
      ends[shortest] = end + cost;
      taken[shortest] = (taken[shortest] ?? 0) + 1;
      keys[shortest]?.add(key);
    }
    // Which of the equal runs a shard gets does not matter for the balance.
    let from = 0;
    for (const [shard, length] of taken.entries()) {
      shards[shard]?.push(...equal.slice(from, from + length));
      from += length;
    }
  }
  return shards;
}

/** Assigns all runs of a step signature together. Their time on a GPU hardly depends on their number. */
function assignSteps(runs: readonly PlannedRun[], count: number): readonly (readonly PlannedRun[])[] {
  const steps = [...groupBy(runs, ({ key }) => key).values()]
    .map((members) => ({ members, cost: members.reduce((most, { cost }) => Math.max(most, cost), 0) }))
    .toSorted((a, b) => b.cost - a.cost);
  const loads = new Float64Array(count);
  const assigned: (readonly PlannedRun[])[] = Array.from({ length: count }, () => []);
  for (const { members, cost } of steps) {
    const shortest = indexOfLeast(loads);
    loads[shortest] = (loads[shortest] ?? 0) + cost + compilationCost;
    assigned[shortest] = [...(assigned[shortest] ?? []), ...members];
  }
  return assigned;
}

/** Groups runs by step signature and cost, the longest first; within a class, runs of the same images are neighbors. */
function classesOf(runs: readonly PlannedRun[]): readonly (readonly PlannedRun[])[] {
  return [...groupBy(runs, ({ key, cost }) => `${cost} ${key}`).values()]
    .map((equal) => equal.toSorted((a, b) => a.run.repetition - b.run.repetition))
    .toSorted(([a], [b]) => (b?.cost ?? 0) - (a?.cost ?? 0) || ((a?.key ?? "") < (b?.key ?? "") ? -1 : 1));
}

function groupBy(
  runs: readonly PlannedRun[],
  idOf: (run: PlannedRun) => string,
): ReadonlyMap<string, readonly PlannedRun[]> {
  const groups = new Map<string, PlannedRun[]>();
  for (const run of runs) {
    const id = idOf(run);
    const group = groups.get(id) ?? [];
    groups.set(id, group);
    group.push(run);
  }
  return groups;
}

function emptyShards(count: number): PlannedRun[][] {
  return Array.from({ length: count }, () => []);
}

/** Returns the index of the smallest number, the first of several. */
function indexOfLeast(numbers: Float64Array): number {
  let index = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (number < least) {
      least = number;
      index = i;
    }
  }
  return index;
}
