import { Command } from "commander";
import { orThrow } from "../config/problems.js";
import { dryRun } from "./dry-run.js";
import { loadRunSweep } from "./load-runner.js";
import { withCommonOptions } from "./options.js";
import { performSweep } from "./perform-sweep.js";
import { type SweepFlags, sweepRequest } from "./sweep-request.js";

const examples = `
Examples:
  segloss sweep configs/quick.json                       six cells in well under a minute
  segloss sweep configs/full.json --dry-run              what would be run, and what is done already
  segloss sweep configs/full.json --only loss=dice,loss=cce,optimizer=adam,run=0
  segloss sweep configs/full.json --steps 300 --out runs/try

A sweep goes on where it was interrupted: give the same command again.`;

/** segloss sweep: trains every run of a config that is not done yet. */
export function sweepCommand(): Command {
  return withCommonOptions(
    new Command("sweep")
      .summary("train the grid of a config, one CSV per run")
      .description(
        "Trains every run of a config's grid and writes one CSV per run. Runs that are done are skipped.",
      )
      .argument("<config>", "a JSON file; docs/config.md tells its keys")
      .option("-o, --out <DIR>", "output folder (default: runs/ and the config's name)")
      .option(
        "--only <KEY=VALUE,...>",
        "only these runs; one key several times means any of its values",
        collected,
      )
      .option("--seed <N>", "overrides the config's seed")
      .option("--steps <N>", "overrides the config's steps")
      .option("--jobs <N|auto>", "worker processes at once (default: auto)")
      .option("--lanes <N|auto>", "most runs that are trained together in one program (default: auto)")
      .option("--dry-run", "list the runs, done or to do, and train nothing")
      .option("--fail-fast", "stop at the first run that fails")
      .option("--rerun", "do finished runs again"),
  )
    .addHelpText("after", examples)
    .action(async (file: string, flags: SweepFlags) => {
      const { request } = orThrow(sweepRequest(file, flags));
      process.exitCode = flags.dryRun
        ? await dryRun(request, flags)
        : await performSweep(request, flags, loadRunSweep);
    });
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
