import { Command, Option } from "commander";
import { parseFlag } from "../config/flags.js";
import { orThrow } from "../config/problems.js";
import { choice } from "../config/value-types.js";
import { type TableFormat, tableFormats } from "../report/options.js";
import { addFilterOption, addOutputOption, addTrustOptions, asTyped, collect } from "./options.js";

const examples = `
Examples:
  segloss report runs/original                       tables and verdicts, as text
  segloss report runs/original --html                one page to explore: runs/original/report.html
  segloss report runs/original runs/sgd --html -o both.html
  segloss report runs/asymmetry --compare threshold  paired differences, cell by cell
  segloss report runs/original --format latex        tables for a paper
  segloss report runs/original --json | jq '.findings[].verdict'`;

/** The flags of report, as commander returns them. */
interface ReportFlags {
  readonly html?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly only?: readonly string[];
  readonly compare?: readonly string[];
  readonly format?: string;
  readonly wide?: boolean;
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
    .option("--html", "write one page with every curve, tables and figures that needs no network")
    .addOption(new Option("--json", "print all numbers as JSON").conflicts("html"))
    .addOption(
      new Option(
        `--format <${tableFormats.join("|")}>`,
        "print the tables only; csv has the cells, or with --compare the differences cell by cell",
      ).conflicts(["html", "json"]),
    )
    .option("--wide", "print lines of any length (default: the terminal's width, or 100)");
  addOutputOption(
    command,
    "FILE|-",
    "file to write, - is stdout (default: -, and report.html in DIR with --html)",
  );
  return addTrustOptions(addFilterOption(command))
    .option("--compare <key,...>", "axes whose paired differences are listed cell by cell", collect)
    .option("--quiet", "print errors only")
    .addHelpText("after", asTyped(examples))
    .action(async (first: string, further: readonly string[], flags: ReportFlags) => {
      const tables = flags.format === undefined ? "text" : formatOf(flags.format);
      const { report } = await import("../report/report.js");
      await report({
        inputs: [first, ...further],
        form: flags.html ? "html" : flags.json ? "json" : tables,
        output: flags.output,
        only: flags.only ?? [],
        wide: flags.wide ?? false,
        compare: (flags.compare ?? []).flatMap((text) => text.split(",")),
        verify: flags.verify ?? false,
        strict: flags.strict ?? false,
        quiet: flags.quiet ?? false,
      });
    });
}

/** Returns the format of that name. Throws SeglossError if there is none. */
function formatOf(name: string): TableFormat {
  return orThrow(parseFlag("--format", name, choice(tableFormats))).value;
}
