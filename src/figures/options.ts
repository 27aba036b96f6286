// What `segloss plot` accepts, apart from the code that draws, so that the command line loads without it.
import type { Smoothing } from "../analysis/run-summary.js";

/** The kinds of figures, as `--figure` names them. */
export const figureKinds = ["runs", "accuracy", "learning", "against", "norms", "effects", "layers"] as const;

export type FigureKind = (typeof figureKinds)[number];

/** The formats of a figure's file. */
export const figureFormats = ["svg", "png"] as const;

export type FigureFormat = (typeof figureFormats)[number];

/** The highest gradient norm and the highest loss that the figures of runs show; undefined for the highest there is. */
export interface CurveLimits {
  readonly norm: number | undefined;
  readonly loss: number | undefined;
}

/** The limits of the study's figures. */
export const studyLimits: CurveLimits = { norm: 4, loss: 1 };

/** How the figures of runs show their curves. */
export interface CurveOptions {
  readonly limits: CurveLimits;
  readonly smoothing: Smoothing;
}

/** What `segloss plot` is asked for. */
export interface PlotOptions extends CurveOptions {
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
