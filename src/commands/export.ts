import { Command } from "commander";
import { parseFlag } from "../config/flags.js";
import { type Problem, problemsError } from "../config/problems.js";
import { wholeNumber } from "../config/value-types.js";
import type { ExportOptions } from "../export/export.js";
import { addFilterOption, addTrustOptions, asTyped } from "./options.js";

const examples = `
Examples:
  segloss export runs/full --parquet full.parquet
  segloss export runs/full --parquet adam.parquet --only optimizer=adam
  segloss export runs/full --tensorboard runs/full/tensorboard --every 50`;

/** TensorBoard shows at most 1,000 points of a series unless configured otherwise, a tenth of a run of the study. */
const standardEvery = 10;

/** The flags of export, as commander returns them. */
interface ExportFlags {
  readonly parquet?: string;
  readonly tensorboard?: string;
  readonly every?: string;
  readonly only?: readonly string[];
  readonly verify?: boolean;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Creates the command `segloss export`, which writes a sweep's rows for other programs. */
export function exportCommand(): Command {
  const command = new Command("export")
    .summary("write a sweep's numbers as Parquet, or for TensorBoard")
    .description(
      "Writes all rows of a sweep's finished runs into one Parquet file, for pandas, polars, DuckDB and R, or their scalars into a folder for TensorBoard. Of a sweep that is still running it takes the finished runs.",
    )
    .argument("<DIR|CSV>", "a sweep's folder, or CSVs of runs")
    .argument("[CSV...]")
    .option("--parquet <FILE>", "write one Parquet file with the rows of all runs")
    .option("--tensorboard <DIR>", "write a folder that TensorBoard opens; runs that are there already stay")
    .option("--every <N>", `write every Nth step for TensorBoard (default: ${standardEvery})`);
  return addTrustOptions(addFilterOption(command))
    .option("--quiet", "print errors only")
    .addHelpText("after", asTyped(examples))
    .action(async (first: string, further: readonly string[], flags: ExportFlags) => {
      const options = exportRequest([first, ...further], flags);
      const { exportRuns } = await import("../export/export.js");
      await exportRuns(options);
    });
}

/** Returns what the arguments ask for. Throws SeglossError with every problem of them. */
function exportRequest(inputs: readonly string[], flags: ExportFlags): ExportOptions {
  const { parquet, tensorboard, every = String(standardEvery) } = flags;
  const problems: Problem[] = [];
  const problem = (place: string, got: string, allowed: string) =>
    problems.push({ place, path: "", got, allowed });
  if (parquet === undefined && tensorboard === undefined) {
    problem("segloss export", "no format", "--parquet FILE, --tensorboard DIR, or both");
  }
  if (inputs.includes("-")) {
    problem("segloss export", "standard input", "folders and files: each is read twice");
  }
  for (const [place, path] of Object.entries({ "--parquet": parquet, "--tensorboard": tensorboard })) {
    if (path === "" || path === "-") {
      problem(place, path === "" ? "an empty name" : "stdout", "the name of a file or folder");
    }
  }
  if (flags.every !== undefined && tensorboard === undefined) {
    problem("--every", "it without --tensorboard", "only both: a Parquet file has all steps");
  }
  const step = parseFlag("--every", every, wholeNumber(1, 1_000_000_000));
  if (problems.length > 0 || "problems" in step) {
    throw problemsError([...problems, ...("problems" in step ? step.problems : [])]);
  }
  return {
    inputs,
    parquet,
    tensorboard,
    every: step.value,
    only: flags.only ?? [],
    verify: flags.verify ?? false,
    strict: flags.strict ?? false,
    quiet: flags.quiet ?? false,
  };
}
