import { Command } from "commander";
import type { Flags } from "../config/flags.js";
import { parseRunFlags } from "../config/flags.js";
import { type Parameter, parameterKeys, parameters, settings } from "../config/parameters.js";
import type { Problems } from "../config/problems.js";
import { orThrow } from "../config/problems.js";
import { findOutputProblem } from "../results/run-output.js";
import type { RunOptions } from "../runner/types.js";
import { signalExitCode } from "../terminal/signals.js";
import { recordedCommand } from "./invocation.js";
import { loadRunOne } from "./load-runner.js";
import { type CommonFlags, commonOptions, parameterOptions, withCommonOptions } from "./options.js";

const examples = `
Examples:
  segloss run --optimizer adam --threshold 0.5 --loss dice -o dice.csv
  segloss run --loss dicefg --threshold 0.05 --batch-norm --steps 3001 | tail -1
  segloss run --optimizer sgd --learning-rate 10 --momentum 0.9 --monitor cce,dice

A cell of a sweep gives the same CSV here, byte for byte, with the command that its record names.`;

/** How long rows that are on their way to a reader are waited for after an interruption. */
const flushMs = 500;

/** The flags of run, as commander gives them. */
export type RunFlags = CommonFlags & Flags & { readonly output?: string };

/** segloss run: trains one run and writes its CSV. */
export function runCommand(): Command {
  const command = new Command("run")
    .summary("train one run and write its CSV to stdout")
    .description("Trains one run and writes a CSV with one row per step, to stdout unless a file is named.");
  for (const key of parameterKeys) {
    for (const option of parameterOptions(key, parameters[key] as Parameter<unknown>)) {
      command.addOption(option);
    }
  }
  command
    .option("--run <N>", "which repetition, from 0; with the seed it gives weights and images (default: 0)")
    .option("--seed <N>", `${settings.seed.help} (default: ${settings.seed.default})`)
    .option("--monitor <name,...>", settings.monitor.help)
    .option(
      "--columns <key,...>",
      "further parameters to write in every row, as a sweep does with those it varies",
    )
    .option("-o, --output <FILE>", `where the CSV goes, "-" is stdout (default: -)`);
  for (const option of parameterOptions("perLayer", settings.perLayer)) {
    command.addOption(option);
  }
  return withCommonOptions(command).addHelpText("after", examples).action(perform);
}

/** What the flags ask for, or every problem of them. */
export function runRequest(flags: RunFlags): { readonly options: Omit<RunOptions, "command"> } | Problems {
  const asked = parseRunFlags(flags);
  const common = commonOptions(flags);
  const output = flags.output ?? "-";
  const unwritable = findOutputProblem(output);
  const problems = [asked, common].flatMap((part) => ("problems" in part ? part.problems : []));
  if (unwritable !== undefined) {
    problems.push(unwritable);
  }
  if ("problems" in asked || "problems" in common || problems.length > 0) {
    return { problems };
  }
  return { options: { ...common.options, run: asked.run, configHash: asked.configHash, output } };
}

async function perform(flags: RunFlags): Promise<void> {
  const { options } = orThrow(runRequest(flags));
  const runOne = await loadRunOne();
  const signal = await runOne({ ...options, command: recordedCommand() });
  if (signal !== undefined) {
    process.exitCode = signalExitCode(signal);
    // A reader that does not read must not keep an interrupted program alive.
    setTimeout(() => process.exit(), flushMs).unref();
  }
}
