import { Command } from "commander";
import { orThrow, shown } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { addOutputOption, addSweepOptions, addTrainingOptions, asTyped } from "../options.js";
import type { SubmitFlags } from "./submit-request.js";

const examples = `
Examples:
  segloss submit full -- --partition=long --time=8:00:00
  segloss submit full --shards 16 --at-once 4 -- --account=vision --cpus-per-task=4
  segloss submit full --engine parallel --hosts node1,node2
  segloss submit full --engine kubernetes --image segloss:1 --claim sweeps
  segloss submit full --dry-run                     print the scripts, and write nothing

With Slurm the shards are put into the queue, and a job after them merges and reports; submit returns at once. For
GNU parallel and Kubernetes it only writes what you start yourself. The same command again submits only the shards
that are not complete. docs/clusters.md describes all of it.`;

/** Creates the command `segloss submit`, which has a sweep trained on several machines. */
export function submitCommand(): Command {
  const command = new Command("submit")
    .summary("train a sweep on several machines, by Slurm, GNU parallel or Kubernetes")
    .description(
      "Divides a sweep into shards, writes the scripts that train them into the folder of the sweep, prints them, and submits them to Slurm.",
    )
    .usage("[options] <config> [-- <arguments of sbatch or parallel>]")
    .argument("<config>", "as for sweep: a JSON file, the name of a shipped config, or the folder of a sweep")
    .argument("[words...]", "arguments after -- go to sbatch or parallel as they are")
    .option(
      "--engine <slurm|parallel|kubernetes>",
      "what queues, places and repeats the shards (default: slurm)",
    )
    .option("--shards <N>", "number of shards (default: so many that each takes ten minutes or more)")
    .option(
      "--at-once <K>",
      "most shards at the same time; with GNU parallel, on each machine (default there: 1)",
    )
    .option("--hosts <HOST,...>", "for GNU parallel: machines, as its --sshlogin takes them")
    .option("--image <IMAGE>", "for Kubernetes: the container image, with segloss in its PATH")
    .option("--claim <NAME>", "for Kubernetes: the PersistentVolumeClaim with the output folder")
    .option(
      "--mount <DIR>",
      "for Kubernetes: where the claim is mounted (default: the folder above the output folder)",
    )
    .option("--allow-local", "accept folders that other machines cannot see, such as those in /tmp")
    .option("--dry-run", "print the scripts and the shards, and write and submit nothing");
  addOutputOption(
    command,
    "DIR",
    "output folder, which all machines must see (default: runs/ and the config's name)",
  );
  return addTrainingOptions(addSweepOptions(command))
    .addHelpText("after", asTyped(examples))
    .action(async (file: string, words: readonly string[], flags: SubmitFlags) => {
      refuseStrayWords(words);
      const [{ submitRequest }, { submitSweep }] = await Promise.all([
        import("./submit-request.js"),
        import("./submit-sweep.js"),
      ]);
      const { request } = orThrow(submitRequest(file, flags, words));
      process.exitCode = await submitSweep(request, flags);
    });
}

/** Throws SeglossError for words before "--", which commander does not tell from those after it. */
function refuseStrayWords(words: readonly string[]): void {
  const { argv } = process;
  const after = argv.includes("--") ? argv.length - 1 - argv.indexOf("--") : 0;
  if (words.length > after) {
    throw new SeglossError(
      `got ${shown(words[0])} after the config; arguments of sbatch or parallel go after --`,
      {
        exitCode: exitCode.usage,
      },
    );
  }
}
