import { Command, Option } from "commander";
import { addFilterOption, addOutputOption, addTrustOptions, collect } from "./options.js";

const examples = `
Examples:
  segloss report runs/original                       tables and verdicts, as text
  segloss report runs/original --html                one page with all figures: runs/original/report.html
  segloss report runs/asymmetry --compare threshold  paired differences, cell by cell
  segloss report runs/original --json | jq '.findings[].verdict'`;

/** The flags of report, as commander returns them. */
interface ReportFlags {
  readonly html?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly only?: readonly string[];
  readonly compare?: readonly string[];
  readonly verify?: boolean;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Creates the command `segloss report`, which compares what a sweep shows with what the original showed. */
export function reportCommand(): Command {
  const command = new Command("report")
    .summary("compare a sweep's results with the original's")
    .description(
      "Prints tables of a sweep's cells, tests the study's six findings on them, and compares the values of every axis in paired differences. Reads CSVs only, without TensorFlow; of a sweep that is still running it takes the finished runs.",
    )
    .argument("<DIR|CSV|->", "a sweep's folder, CSVs of runs, or - for a CSV on stdin")
    .argument("[CSV...]")
    .option("--html", "write one page with tables and figures that needs no network")
    .addOption(new Option("--json", "print all numbers as JSON").conflicts("html"));
  addOutputOption(
    command,
    "FILE|-",
    "file to write, - is stdout (default: -, and report.html in DIR with --html)",
  );
  return addTrustOptions(addFilterOption(command))
    .option("--compare <key,...>", "axes whose paired differences the text lists cell by cell", collect)
    .option("--quiet", "print errors only")
    .addHelpText("after", examples)
    .action(async (first: string, further: readonly string[], flags: ReportFlags) => {
      const { report } = await import("../report/report.js");
      await report({
        inputs: [first, ...further],
        form: flags.html ? "html" : flags.json ? "json" : "text",
        output: flags.output,
        only: flags.only ?? [],
        compare: (flags.compare ?? []).flatMap((text) => text.split(",")),
        verify: flags.verify ?? false,
        strict: flags.strict ?? false,
        quiet: flags.quiet ?? false,
      });
    });
}
