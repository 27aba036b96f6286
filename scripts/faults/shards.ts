import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noSlurm, openSlurmCluster } from "../../test/helpers/slurm.js";
import { createRandom, type Random } from "./random.js";
import { shardFaults } from "./shard-faults.js";
import { runShardTrial, type ShardSetup, type ShardTrialResult } from "./shard-trial.js";
import { startSweep } from "./sweep.js";

// `npm run test:faults -- --shards`: injects faults into the shards of sweeps on a real Slurm, several sweeps at a time.

/** Two compiled steps, eight runs of a few seconds: two for each shard. */
const config = {
  batchNorm: [false, true],
  loss: ["cce", "dice"],
  runs: 2,
  steps: 6001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
const shards = 4;
/** Faults of a trial. */
const faultsOfTrial = 20;
/** Slurm holds a requeued task back for six seconds, in which others can run. */
const trialsAtOnce = 3;

/** Runs trials until so many faults were injected, and prints a table. Returns whether nothing was found. */
export async function runShardFaults(options: {
  readonly seed: number;
  readonly faults: number;
  /** An empty folder. */
  readonly scratch: string;
  /** Path of the built program. */
  readonly cli: string;
}): Promise<boolean> {
  if (noSlurm !== false) {
    throw new Error(noSlurm);
  }
  const { scratch, cli } = options;
  const file = join(scratch, "shards.json");
  writeFileSync(file, JSON.stringify(config));
  const reference = join(scratch, "undisturbed");
  const cache = join(scratch, "cache");
  const { code, stderr } = await startSweep({ cli, config: file, mark: reference, cache, jobs: 2 }, reference)
    .ended;
  if (code !== 0) {
    throw new Error(`the undisturbed sweep ended with ${code}: ${stderr}`);
  }
  const folder = join(scratch, "slurm");
  mkdirSync(folder);
  const cluster = openSlurmCluster(folder);
  // Also when a signal ends this process, and before its files are removed.
  process.prependListener("exit", cluster.close);
  try {
    const results = await runTrials({ cluster, cli, config: file, reference, shards }, options);
    return printResults(options.seed, results);
  } finally {
    process.off("exit", cluster.close);
    cluster.close();
  }
}

async function runTrials(
  setup: ShardSetup,
  { seed, faults, scratch }: { readonly seed: number; readonly faults: number; readonly scratch: string },
): Promise<readonly ShardTrialResult[]> {
  const count = Math.ceil(faults / faultsOfTrial);
  const results: ShardTrialResult[] = [];
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < count) {
      const number = ++begun;
      const random = createRandom(seed + number);
      const result = await runShardTrial(
        setup,
        join(scratch, `trial-${number}`),
        chooseFaults(random),
        random,
      );
      results.push(result);
      const found = [...result.problems, ...(result.orphans > 0 ? [`${result.orphans} orphans`] : [])];
      console.log(
        `trial ${number}: ${result.injected.length} faults, ${result.submissions} submissions: ${found.join("; ") || "same bytes"}`,
      );
    }
  };
  await Promise.all(Array.from({ length: trialsAtOnce }, work));
  return results;
}

/** Draws each fault once before any is drawn again. */
function chooseFaults(random: Random): readonly string[] {
  const chosen: string[] = [];
  let deck: string[] = [];
  while (chosen.length < faultsOfTrial) {
    deck = deck.length > 0 ? deck : Object.keys(shardFaults);
    chosen.push(...deck.splice(random.index(deck.length), 1));
  }
  return chosen;
}

function printResults(seed: number, results: readonly ShardTrialResult[]): boolean {
  const injected = results.flatMap((result) => result.injected);
  console.log("\nfault                                           times");
  for (const name of Object.keys(shardFaults)) {
    const times = injected.filter((fault) => fault === name).length;
    console.log(`${name.padEnd(46)} ${String(times).padStart(6)}`);
  }
  const orphans = results.reduce((sum, result) => sum + result.orphans, 0);
  const problems = results.flatMap((result) => result.problems);
  console.log(
    `\n${injected.length} faults in ${results.length} sweeps with seed ${seed}: ${problems.length} differences or problems, ${orphans} orphans`,
  );
  for (const problem of problems) {
    console.log(`  ${problem}`);
  }
  return problems.length + orphans === 0;
}
