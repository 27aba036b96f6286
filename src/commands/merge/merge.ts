import { Command } from "commander";
import { asTyped } from "../options.js";

const examples = `
Examples:
  segloss merge runs/full                     after all shards: verify every run and write the summary
  segloss merge runs/full host2/full          bring in the runs of a machine that shares no disk

The exit code is 0 if all runs are complete then, 1 if not, and 2 if nothing was merged: the folder is in use, or the folders do not fit.`;

/** Creates the command `segloss merge`, which puts the shards of a sweep together. */
export function mergeCommand(): Command {
  return new Command("merge")
    .summary("put the shards of a sweep together")
    .description(
      "Verifies the checksums of all runs of a sweep's folder, brings in the finished runs of other folders of the same sweep, and writes summary.csv. Trains nothing. On a network file system it waits up to a minute for files of a shard that has just ended.",
    )
    .argument("<DIR>", "the folder of a sweep")
    .argument("[OTHER...]", "folders of the same sweep from machines that share no disk; they are only read")
    .option("--quiet", "print errors only")
    .addHelpText("after", asTyped(examples))
    .action(async (folder: string, others: readonly string[], flags: { readonly quiet?: boolean }) => {
      // Loaded here, since the other commands do without it.
      const { performMerge } = await import("./perform-merge.js");
      process.exitCode = await performMerge({ folder, others, quiet: flags.quiet ?? false });
    });
}
