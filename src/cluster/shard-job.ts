import { clusterFile } from "../results/paths.js";
import { shellLine } from "../shell-line.js";

// What an engine runs, whichever it is: some of the shards of a sweep, each by one command in the folder of the sweep.

/** The shards of a sweep that are to be trained. */
export interface ShardJob {
  /** Name of the sweep: a safe file name. */
  readonly name: string;
  /** Absolute path of the sweep's folder, in which all commands run. */
  readonly folder: string;
  /** The words that start segloss in any folder. */
  readonly program: readonly string[];
  /** Further flags of `segloss sweep`, the same for every shard. */
  readonly flags: readonly string[];
  /** The number of shards that the sweep is divided into. */
  readonly count: number;
  /** Which of them are to be trained, from 1, in ascending order. */
  readonly indices: readonly number[];
  /** How many are trained at once at most; undefined for no limit. */
  readonly atOnce: number | undefined;
}

/** Returns the words after the program that train a shard in the folder of the sweep; `--shard` and its value must follow. */
export function shardWords({ flags }: Pick<ShardJob, "flags">): readonly string[] {
  return ["sweep", clusterFile.config, "--output", ".", "--no-progress", ...flags];
}

/**
 * Returns a shell command that trains a shard in the folder of the sweep.
 *
 * @param index a word of the shell that expands to the number of the shard within double quotes
 */
export function shardCommand(job: ShardJob, index: string): string {
  return `${shellLine([...job.program, ...shardWords(job)])} --shard "${index}/${job.count}"`;
}

/** Returns a shell command that puts the sweep together in its folder, then reports. It never trains. */
export function endCommand({ program }: ShardJob): string {
  return `${shellLine([...program, "merge", "."])} && exec ${shellLine([...program, "report", ".", "--html"])}`;
}

/** Returns a shell command that enters the folder of the sweep. */
export function enterFolder({ folder }: ShardJob): string {
  return `cd ${shellLine([folder])} || exit 2`;
}

/** Shell commands after which compiled programs go to a disk of the machine, in a folder that only this user can write to. */
export const useLocalCache = `# Compiled programs are stored on a disk of the node, so that a crash on one does not clear those of the others.
cache="\${SLURM_TMPDIR:-/tmp}/segloss-$(id -u)"
mkdir -m 700 "$cache" 2>/dev/null
if [ -z "\${SEGLOSS_XLA_CACHE:-}" ] && [ -O "$cache" ] && [ ! -L "$cache" ]; then
  export SEGLOSS_XLA_CACHE="$cache"
fi`;

/** Returns numbers in ascending order as ranges: "2,5,7-9". */
export function numberRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && range[1] === number - 1) {
      range[1] = number;
    } else {
      ranges.push([number, number]);
    }
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
