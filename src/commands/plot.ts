import { Command } from "commander";
import { parseFlag } from "../config/flags.js";
import { type Problem, problemsError, shown } from "../config/problems.js";
import { choice, orWord, realNumber, type ValueType, wholeNumber } from "../config/value-types.js";
import { figureFormats, figureKinds, type PlotOptions } from "../figures/options.js";

const examples = `
Examples:
  segloss plot runs/original                        every figure, as SVG, into runs/original/figures
  segloss plot runs/original --format png --only optimizer=adam,run=0
  segloss plot runs/original --figure accuracy -o accuracy.png
  segloss plot runs/original --figure runs --norm-max auto --smooth 51,1
  segloss run --loss dicefg | segloss plot - -o dicefg.svg`;

const smoothHelp = "one odd number or two, 1 is no average";

/** The flags of plot, as commander gives them. */
interface PlotFlags {
  readonly output?: string;
  readonly format?: string;
  readonly figure?: string;
  readonly only?: readonly string[];
  readonly normMax: string;
  readonly lossMax: string;
  readonly smooth: string;
  readonly quiet?: boolean;
}

/** segloss plot: draws figures from a sweep's CSVs. */
export function plotCommand(): Command {
  return new Command("plot")
    .summary("draw figures from a sweep's CSVs")
    .description(
      "Draws the study's figures, and summaries of whatever varies, from CSVs alone: no TensorFlow is needed, and a sweep that still runs gives what is finished.",
    )
    .argument("<DIR|CSV|->", "a sweep's folder, CSVs of runs, or - for a CSV on stdin")
    .argument("[CSV...]")
    .option(
      "-o, --output <DIR|FILE|->",
      "a folder, a file .svg or .png for a single figure, or - for stdout (default: figures in DIR; stdout for CSVs)",
    )
    .option("--format <svg|png>", "svg, or png at twice the size (default: what -o ends in, or svg)")
    .option("--figure <kind,...>", `only these: ${figureKinds.join(", ")}`)
    .option(
      "--only <KEY=VALUE,...>",
      "only these runs; one key several times means any of its values",
      collected,
    )
    .option("--norm-max <X|auto>", "highest gradient norm shown; auto is the highest there is", "4")
    .option("--loss-max <X|auto>", "highest loss shown; auto is the highest there is", "1")
    .option(
      "--smooth <N[,M]>",
      `steps of the moving averages, of norms and of losses: ${smoothHelp}`,
      "201,11",
    )
    .option("--quiet", "say nothing but errors")
    .addHelpText("after", examples)
    .action(async (first: string, further: readonly string[], flags: PlotFlags) => {
      const options = plotRequest([first, ...further], flags);
      const { plot } = await import("../figures/plot.js");
      await plot(options);
    });
}

const limit: ValueType<number | "auto"> = orWord(realNumber({ above: 0, atMost: 1e9 }), "auto");
const average = wholeNumber(1, 1_000_001);
const format = choice(figureFormats);
const kind = choice(figureKinds);

/** What the arguments ask for. Throws SeglossError with every problem of them. */
function plotRequest(inputs: readonly string[], flags: PlotFlags): PlotOptions {
  const problems: Problem[] = [];
  const read = <Value>(place: string, text: string, allowed: ValueType<Value>): Value | undefined => {
    const result = parseFlag(place, text.trim(), allowed);
    if ("value" in result) {
      return result.value;
    }
    problems.push(...result.problems);
    return undefined;
  };
  const windows = flags.smooth.split(",").map((text) => read("--smooth", text, average) ?? 1);
  const wrong = windows.length > 2 || windows.some((steps) => steps % 2 === 0);
  if (wrong) {
    problems.push({ place: "--smooth", path: "", got: shown(flags.smooth), allowed: smoothHelp });
  }
  const [norms = 1, losses = norms] = windows;
  const options = {
    inputs,
    output: flags.output,
    format: flags.format === undefined ? undefined : read("--format", flags.format, format),
    kinds: flags.figure?.split(",").flatMap((text) => read("--figure", text, kind) ?? []),
    only: flags.only ?? [],
    limits: {
      norm: limitOf(read("--norm-max", flags.normMax, limit)),
      loss: limitOf(read("--loss-max", flags.lossMax, limit)),
    },
    smoothing: { norms, losses },
    quiet: flags.quiet ?? false,
  };
  if (problems.length > 0) {
    throw problemsError(problems);
  }
  return options;
}

function limitOf(value: number | "auto" | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
