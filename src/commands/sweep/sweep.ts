import { Command } from "commander";
import { orThrow } from "../../config/problems.js";
import type { RunSweep } from "../../runner/types.js";
import { addFilterOption, addOutputOption, addTrainingOptions, asTyped, collect } from "../options.js";
import { dryRun } from "./dry-run.js";
import { performSweep } from "./perform-sweep.js";
import { type SweepFlags, sweepRequest } from "./sweep-request.js";

const examples = `
Examples:
  segloss sweep quick                              12 runs in well under a minute
  segloss sweep full --dry-run                     list the runs, and which of them are done
  segloss sweep full --only loss=dice,loss=cce,optimizer=adam,run=0
  segloss sweep full --only 'threshold<0.5'
  segloss sweep full --steps 300 -o runs/try
  segloss sweep quick --set learningRate=0.001,0.01 --set runs=5 -o runs/rates

Run the same command again to resume an interrupted sweep.`;

/** Creates the command `segloss sweep`, which trains every run of a config that is not done. */
export function sweepCommand(): Command {
  const command = new Command("sweep")
    .summary("train all runs of a config, one CSV per run")
    .description(
      "Trains all runs of a config's grid and writes one CSV per run. Runs that are done are skipped.",
    )
    .argument(
      "<config>",
      "a JSON file (docs/config.md describes its keys), the name of a shipped config, such as quick, or the folder of a sweep, to resume it",
    );
  addOutputOption(command, "DIR", "output folder (default: runs/ and the config's name)");
  addFilterOption(command)
    .option("--set <KEY=VALUE>", "replace a value of the config, a,b,c is a list; may be repeated", collect)
    .option("--seed <N>", "replace the config's seed")
    .option("--steps <N>", "replace the config's steps")
    .option("--jobs <N|auto>", "number of worker processes (default: auto, by cores or GPUs)")
    .option(
      "--lanes <N|auto>",
      "most runs that a worker trains together: on a GPU as lanes of one compiled step; on a CPU each has a step of its own and they only share the drawing of images (default: auto)",
    )
    .option(
      "--shard <I/N>",
      "train part I of N, on one of several machines that share the output folder; a sweep without --shard then writes the summary (docs/clusters.md)",
    )
    .option("--dry-run", "list the runs as done or to do, and train nothing")
    .option("--fail-fast", "stop at the first run that fails")
    .option("--save-weights", "save each run's initial and final weights as .npz, for NumPy, beside its CSV")
    .option("--rerun", "train finished runs again")
    .option("--strict", "refuse to mix runs of different source code instead of warning");
  return addTrainingOptions(command)
    .addHelpText("after", asTyped(examples))
    .action(async (file: string, flags: SweepFlags) => {
      const { request } = orThrow(sweepRequest(file, flags));
      process.exitCode = flags.dryRun
        ? await dryRun(request, flags)
        : await performSweep(request, flags, loadRunSweep);
    });
}

/** Loads the runner only when there is something to train, so that help and mistakes need no TensorFlow. */
async function loadRunSweep(): Promise<RunSweep> {
  const { runSweep } = await import("../../runner/sweep.js");
  return runSweep;
}
