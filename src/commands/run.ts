import { Command } from "commander";
import { type Flags, parseRunFlags } from "../config/flags.js";
import { configKeys, ruleOf } from "../config/parameters.js";
import { allProblems, orThrow, type Problem, type Problems } from "../config/problems.js";
import { findOutputProblem } from "../results/run-output.js";
import type { RunOptions } from "../runner/types.js";
import { signalExitCode } from "../terminal/signals.js";
import {
  addOutputOption,
  addTrainingOptions,
  asTyped,
  parameterOptions,
  parseTrainingFlags,
  type TrainingFlags,
} from "./options.js";

const examples = `
Examples:
  segloss run --optimizer adam --threshold 0.5 --loss dice -o dice.csv
  segloss run --loss dicefg --threshold 0.05 --batch-norm --steps 3001 | tail -1
  segloss run --optimizer sgd --learning-rate 10 --momentum 0.9 --monitor cce,dice

The record of every run of a sweep contains the command that writes the same CSV here, byte for byte.`;

/** How long an interrupted program waits for a reader that does not read. */
const flushMs = 500;

/** The flags of run, as commander returns them. */
export type RunFlags = TrainingFlags & Flags & { readonly output?: string; readonly saveWeights?: string };

/** Creates the command `segloss run`, which trains one run and writes its CSV. */
export function runCommand(): Command {
  const command = new Command("run")
    .summary("train one run, its CSV to stdout")
    .description("Trains one run and writes a CSV with one row per step, to stdout or to a file.");
  for (const key of configKeys.filter((name) => name !== "runs")) {
    for (const option of parameterOptions(key, ruleOf(key))) {
      command.addOption(option);
    }
  }
  command
    .option("--run <N>", "number of the repetition, from 0 (default: 0)")
    .option("--columns <key,...>", "further parameters to write in every row, as a sweep does with its axes");
  addOutputOption(command, "FILE|-", "file to write, - is stdout (default: -)");
  command.option("--save-weights <FILE>", "save the run's initial and final weights as .npz, for NumPy");
  return addTrainingOptions(command).addHelpText("after", asTyped(examples)).action(perform);
}

/** Returns what the flags ask for, or every problem of them. */
export function runRequest(flags: RunFlags): { readonly options: RunOptions } | Problems {
  const asked = parseRunFlags(flags);
  const common = parseTrainingFlags(flags);
  const output = flags.output ?? "-";
  const weights = flags.saveWeights;
  const unwritable = [findOutputProblem("--output", output), findWeightsProblem(weights)].filter(
    (problem) => problem !== undefined,
  );
  if ("problems" in asked || "problems" in common || unwritable.length > 0) {
    return { problems: [...allProblems(asked, common), ...unwritable] };
  }
  return { options: { ...common.options, run: asked.run, output, weights } };
}

/** Returns why the file for weights cannot be written, undefined if it can. It is binary, and never stdout. */
function findWeightsProblem(file: string | undefined): Problem | undefined {
  const place = "--save-weights";
  const allowed = "a plain file that can be written";
  if (file === "-") {
    return { place, path: "", got: '"-"', allowed };
  }
  const problem = file === undefined ? undefined : findOutputProblem(place, file);
  return problem && { ...problem, allowed };
}

async function perform(flags: RunFlags): Promise<void> {
  const { options } = orThrow(runRequest(flags));
  const { runOne } = await import("../runner/single-run.js");
  const signal = await runOne(options);
  if (signal !== undefined) {
    process.exitCode = signalExitCode(signal);
    // A reader that does not read must not keep an interrupted program alive.
    setTimeout(() => process.exit(), flushMs).unref();
  }
}
