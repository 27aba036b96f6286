import { Command, Option } from "commander";

const examples = `
Examples:
  segloss report runs/original                       tables and verdicts, as text
  segloss report runs/original --html                one page with all figures: runs/original/report.html
  segloss report runs/asymmetry --compare threshold  paired differences, cell by cell
  segloss report runs/original --json | jq '.findings[].verdict'`;

/** The flags of report, as commander gives them. */
interface ReportFlags {
  readonly html?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly only?: readonly string[];
  readonly compare?: readonly string[];
  readonly quiet?: boolean;
}

/** segloss report: tells what a sweep shows, beside what the original showed. */
export function reportCommand(): Command {
  return new Command("report")
    .summary("tell what a sweep shows, beside what the original showed")
    .description(
      "Tables of a sweep's cells, the study's six findings tested on them, and paired differences along whatever varies. Reads CSVs alone: no TensorFlow is needed, and a sweep that still runs gives what is finished.",
    )
    .argument("<DIR|CSV|->", "a sweep's folder, CSVs of runs, or - for a CSV on stdin")
    .argument("[CSV...]")
    .option("--html", "one page with tables and figures that needs no network")
    .addOption(new Option("--json", "all numbers, for programs").conflicts("html"))
    .option("-o, --output <FILE|->", "where it goes, - is stdout (default: -; for --html report.html in DIR)")
    .option(
      "--only <KEY=VALUE,...>",
      "only these runs; one key several times means any of its values",
      collected,
    )
    .option("--compare <key,...>", "axes whose paired differences the text tells cell by cell", collected)
    .option("--quiet", "say nothing but errors")
    .addHelpText("after", examples)
    .action(async (first: string, further: readonly string[], flags: ReportFlags) => {
      const { report } = await import("../report/report.js");
      await report({
        inputs: [first, ...further],
        form: flags.html ? "html" : flags.json ? "json" : "text",
        output: flags.output,
        only: flags.only ?? [],
        compare: (flags.compare ?? []).flatMap((text) => text.split(",")),
        quiet: flags.quiet ?? false,
      });
    });
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
