import { Command, Option } from "commander";
import { parseFlag } from "../config/flags.js";
import { type Problem, problemsError, shown } from "../config/problems.js";
import { choice, orWord, realNumber, type ValueType, wholeNumber } from "../config/value-types.js";
import {
  type ChartOptions,
  figureFormats,
  figureKinds,
  type PlotOptions,
  printedSize,
  standardChart,
} from "../figures/options.js";
import { addFilterOption, addOutputOption, addTrustOptions, asTyped } from "./options.js";

const examples = `
Examples:
  segloss plot runs/original                        every figure, as SVG, into runs/original/figures
  segloss plot runs/original --format png --only optimizer=adam,run=0
  segloss plot runs/original --figure accuracy --width 8.5 --no-title -o accuracy.pdf
  segloss plot runs/original --figure runs --norm-max auto --smooth 51,1
  segloss run --loss dicefg | segloss plot - -o dicefg.svg`;

const smoothAllowed = "one or two odd numbers, where 1 is no average";

/** The flags of plot, as commander returns them. */
interface PlotFlags {
  readonly output?: string;
  readonly format?: string;
  readonly figure?: string;
  readonly only?: readonly string[];
  readonly normMax?: string;
  readonly lossMax?: string;
  readonly smooth: string;
  readonly verify?: boolean;
  readonly strict?: boolean;
  readonly width?: string;
  readonly fontSize?: string;
  readonly title: boolean;
  readonly legend: boolean;
  readonly log?: boolean;
  readonly quiet?: boolean;
}

/** Creates the command `segloss plot`, which draws figures from a sweep's CSVs. */
export function plotCommand(): Command {
  const command = new Command("plot")
    .summary("draw figures from a sweep's CSVs")
    .description(
      "Draws the study's figures and summaries of whatever varies. Reads CSVs only, without TensorFlow; of a sweep that is still running it takes the finished runs.",
    )
    .argument("<DIR|CSV|->", "a sweep's folder, CSVs of runs, or - for a CSV on stdin")
    .argument("[CSV...]");
  addOutputOption(
    command,
    "DIR|FILE|-",
    "a folder, an .svg, .png or .pdf file for a single figure, or - for stdout (default: figures in DIR; stdout for CSVs)",
  );
  return addTrustOptions(addFilterOption(command))
    .option(
      "--format <svg|png|pdf>",
      "svg, png at twice the size, or pdf (default: the ending of -o, or svg)",
    )
    .option("--figure <kind,...>", `draw only these: ${figureKinds.join(", ")} (default: all)`)
    .option(
      "--norm-max <X|auto>",
      "upper end of the axis of gradient norms; auto is the highest norm (default: 4, with --log auto)",
    )
    .option(
      "--loss-max <X|auto>",
      "upper end of the axis of losses; auto is the highest loss (default: 1, with --log auto)",
    )
    .addOption(
      withDefault(
        "--smooth <N[,M]>",
        `steps of the moving averages of norms and of losses: ${smoothAllowed}`,
        "201,11",
      ),
    )
    .option("--width <CM>", "printed width of a figure; png then has 300 dpi (default: up to 17)")
    .option("--font-size <PT>", "printed size of texts, in points (default: 7)")
    .option("--no-title", "leave out titles")
    .option("--no-legend", "leave out legends")
    .option("--log", "logarithmic axes of gradient norms and losses, in the figures of runs")
    .option("--quiet", "print errors only")
    .addHelpText("after", asTyped(examples))
    .action(async (first: string, further: readonly string[], flags: PlotFlags) => {
      const options = plotRequest([first, ...further], flags);
      const { plot } = await import("../figures/plot.js");
      await plot(options);
    });
}

/** Creates an option whose default the help shows without quotes. */
function withDefault(flags: string, help: string, standard: string): Option {
  return new Option(flags, help).default(standard, standard);
}

const limit: ValueType<number | "auto"> = orWord(realNumber({ above: 0, atMost: 1e9 }), "auto");
const average = wholeNumber(1, 1_000_001);
const format = choice(figureFormats);
const kind = choice(figureKinds);
const centimeters = realNumber({ atLeast: 4, atMost: 200 });
const points = realNumber({ atLeast: 3, atMost: 72 });

/** Returns what the arguments ask for. Throws SeglossError with every problem of them. */
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
  if (windows.length > 2 || windows.some((steps) => steps % 2 === 0)) {
    problems.push({ place: "--smooth", path: "", got: shown(flags.smooth), allowed: smoothAllowed });
  }
  const [norms = 1, losses = norms] = windows;
  const options = {
    inputs,
    output: flags.output,
    format: flags.format === undefined ? undefined : read("--format", flags.format, format),
    kinds: flags.figure?.split(",").flatMap((text) => read("--figure", text, kind) ?? []),
    only: flags.only ?? [],
    limits: {
      norm: limitOf(read("--norm-max", flags.normMax ?? (flags.log ? "auto" : "4"), limit)),
      loss: limitOf(read("--loss-max", flags.lossMax ?? (flags.log ? "auto" : "1"), limit)),
    },
    smoothing: { norms, losses },
    verify: flags.verify ?? false,
    strict: flags.strict ?? false,
    log: flags.log ?? false,
    chart: {
      ...standardChart,
      ...printed(
        flags.width === undefined ? undefined : read("--width", flags.width, centimeters),
        flags.fontSize === undefined ? undefined : read("--font-size", flags.fontSize, points),
      ),
      title: flags.title,
      legend: flags.legend,
    },
    quiet: flags.quiet ?? false,
  };
  if (problems.length > 0) {
    throw problemsError(problems);
  }
  return options;
}

/** Returns the layout for print; a figure takes all of a width that is given. Without flags it is that for screens. */
function printed(width: number | undefined, fontSize: number | undefined): Partial<ChartOptions> {
  return width === undefined && fontSize === undefined
    ? {}
    : { ...printedSize(width ?? 17, fontSize ?? 7), fills: width !== undefined };
}

function limitOf(value: number | "auto" | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
