// What `segloss plot` accepts, apart from the code that draws, so that the command line loads without it.
import type { Smoothing } from "../analysis/run-summary.js";

/** The kinds of figures, as `--figure` names them. */
export const figureKinds = [
  "runs",
  "median",
  "accuracy",
  "learning",
  "against",
  "norms",
  "effects",
  "layers",
] as const;

export type FigureKind = (typeof figureKinds)[number];

/** The formats of a figure's file. */
export const figureFormats = ["svg", "png", "pdf"] as const;

export type FigureFormat = (typeof figureFormats)[number];

/** The highest gradient norm and the highest loss that the figures of runs show; undefined for the highest there is. */
export interface CurveLimits {
  readonly norm: number | undefined;
  readonly loss: number | undefined;
}

/** The limits of the study's figures. */
export const studyLimits: CurveLimits = { norm: 4, loss: 1 };

/** How every chart is laid out. */
export interface ChartOptions {
  /** The width of a chart in px, where texts are 12 px high: at most, or exactly if it `fills` the width. */
  readonly width: number;
  readonly fills: boolean;
  /** The printed size of a px in cm; undefined for charts without a printed size. */
  readonly cmPerPx: number | undefined;
  readonly title: boolean;
  readonly legend: boolean;
}

/** Returns the px of a printed width, and the printed size of a px, where texts have the given size. */
export function printedSize(widthCm: number, fontPoints: number): { width: number; cmPerPx: number } {
  const width = Math.round((widthCm * 72 * 12) / (2.54 * fontPoints));
  return { width, cmPerPx: widthCm / width };
}

/** The layout of charts unless flags change it: texts have at least 7 points in print at a width of 17 cm. */
export const standardChart: ChartOptions = {
  width: printedSize(17, 7).width,
  fills: false,
  cmPerPx: undefined,
  title: true,
  legend: true,
};

/** How figures are drawn. */
export interface FigureOptions {
  readonly limits: CurveLimits;
  readonly smoothing: Smoothing;
  /** True for logarithmic axes of gradient norms and losses in the figures of runs. */
  readonly log: boolean;
  readonly chart: ChartOptions;
}

/** The study's limits on linear axes, in the standard layout. */
export const standardFigures: Omit<FigureOptions, "smoothing"> = {
  limits: studyLimits,
  log: false,
  chart: standardChart,
};

/** What `segloss plot` is asked for. */
export interface PlotOptions extends FigureOptions {
  /** A sweep's folder, CSVs, or "-" for the standard input. */
  readonly inputs: readonly string[];
  readonly output: string | undefined;
  /** The format named by `--format`; undefined where the output's name decides. */
  readonly format: FigureFormat | undefined;
  /** Undefined for every kind. */
  readonly kinds: readonly FigureKind[] | undefined;
  /** Filters as `--only` takes them: "optimizer=adam,run=0". */
  readonly only: readonly string[];
  /** Compare the checksum of every CSV with its record's. */
  readonly verify: boolean;
  /** Refuse runs that were made by different source code. */
  readonly strict: boolean;
  readonly quiet: boolean;
}
