import { Command } from "commander";
import { orThrow } from "../../config/problems.js";
import type { RunSweep } from "../../runner/types.js";
import { addOutputOption, addSweepOptions, addTrainingOptions, asTyped } from "../options.js";
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
  addSweepOptions(command)
    .option(
      "--shard <I/N>",
      "train part I of N, on one of several machines that share the output folder, for segloss merge to put together; segloss submit has all parts trained (docs/clusters.md)",
    )
    .option("--dry-run", "list the runs as done or to do, and train nothing")
    .option("--rerun", "train finished runs again");
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
