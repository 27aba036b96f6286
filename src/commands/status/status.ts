import { Command } from "commander";
import { asTyped } from "../options.js";

const examples = `
Examples:
  segloss status runs/full
  segloss status runs/full --json | jq '.total.share'
  while segloss status runs/full &> /dev/null; [ $? -eq 1 ]; do sleep 60; done    wait for the end

The exit code is 0 if all runs are complete, 1 if not, and 2 if DIR is not the folder of a sweep.`;

/** Creates the command `segloss status`, which prints how far a sweep is. */
export function statusCommand(): Command {
  return new Command("status")
    .summary("print how far a sweep is, on this machine or others")
    .description(
      "Prints which runs of a sweep are complete, running, failed or missing, shard by shard, with the process that trains them and the expected end. Only reads, and takes no lock: it may be called at any time on any machine that sees the folder.",
    )
    .argument("<DIR>", "the folder of a sweep")
    .option("--json", "print a JSON object, with every run")
    .addHelpText("after", asTyped(examples))
    .action(async (folder: string, flags: { readonly json?: boolean }) => {
      // Loaded here, since the other commands do without it.
      const { printStatus } = await import("./print-status.js");
      process.exitCode = await printStatus(folder, flags.json ?? false);
    });
}
