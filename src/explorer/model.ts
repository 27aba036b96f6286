// The data of the explorer, as the program sends it to the page: embedded in a file or by HTTP. Types alone, shared by
// the program and the page. What is absent is left out of the JSON.
import type { Finding } from "../analysis/findings/findings.js";
import type { RunCurves } from "../analysis/run-curves.js";

/** All that the explorer shows of one or several sweeps, apart from the curves of losses and norms. */
export interface SweepIndex {
  /** Counts the changes of a sweep that is watched; 0 of one that is not. */
  readonly revision: number;
  readonly title: string;
  /** From this accuracy a run counts as converged. */
  readonly convergedAccuracy: number;
  /** The key columns of the CSVs in their order, with their values in the order of the grid. */
  readonly axes: readonly IndexAxis[];
  /** The measured columns in the order of the CSVs. */
  readonly columns: readonly IndexColumn[];
  /** In the order of the grid. */
  readonly cells: readonly IndexCell[];
  /** In the order of the grid, by repetition within a cell. */
  readonly runs: readonly IndexRun[];
  /** Empty if no run is comparable with the study. */
  readonly findings: readonly Finding[];
  /** The state of a sweep that is watched. */
  readonly progress?: SweepProgress;
}

/** How a line is drawn. */
export interface LineStyle {
  /** CSS colors on a white and on a dark page. */
  readonly light: string;
  readonly dark: string;
  /** Lengths of dashes and gaps in px; empty for a solid line. */
  readonly dash: readonly number[];
}

/** A key column of the CSVs. */
export interface IndexAxis {
  readonly key: string;
  /** The key in words, such as "foreground share". */
  readonly label: string;
  readonly values: readonly IndexValue[];
}

/** A value of an axis. */
export interface IndexValue extends LineStyle {
  /** As in the CSV. */
  readonly text: string;
  /** In words beside its axis' label, such as "95 %". */
  readonly label: string;
  /** In words that need no label, such as "95 % foreground". */
  readonly name: string;
}

/** What a column measures. Measures such as accuracy are there at some steps only, all else at every step. */
export type ColumnGroup = "loss" | "norm" | "layer norm" | "measure";

/** A measured column of the CSVs. */
export interface IndexColumn extends LineStyle {
  readonly name: string;
  readonly group: ColumnGroup;
  /** The loss or the measure that the column is of. */
  readonly label: string;
  /** The layer whose norms it has. */
  readonly layer?: string;
}

/** A cell of the grid. */
export interface IndexCell {
  /** A slug, unique among the cells and the same in every index of the sweep. */
  readonly id: string;
  /** For each axis the index of the cell's value. */
  readonly values: readonly number[];
  /** Indices of its runs. */
  readonly runs: readonly number[];
}

/** Whether a run is finished. "failed": its training ended with an error; "waiting": its training has not begun. */
export type IndexState = "done" | "running" | "waiting" | "failed" | "damaged";

/** A run of the grid, with its results as far as they are known. */
export interface IndexRun {
  /** The cell's slug, a dot, and the repetition. */
  readonly id: string;
  /** Index of its cell. */
  readonly cell: number;
  readonly repetition: number;
  readonly state: IndexState;
  /** Rows that there are. */
  readonly rows: number;
  /** Rows that a finished run has, if that is known. */
  readonly plannedRows?: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** The accuracy at the steps where it was measured, of few hundred points at most. */
  readonly accuracy: IndexCurve;
  readonly finalAccuracy?: number;
  readonly bestAccuracy?: number;
  /** The first measured step with the accuracy of convergence. */
  readonly convergedStep?: number;
  /** What went wrong, as sentences for a person: "NaN from step 1,200". */
  readonly warnings: readonly string[];
  readonly csv?: IndexLink;
  /** The command that trains this very run again. */
  readonly command?: string;
}

/** Values over steps. */
export interface IndexCurve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A file beside the page. */
export interface IndexLink {
  readonly name: string;
  /** A relative URL; undefined if the file is not there. */
  readonly href?: string;
}

/** The state of a sweep that is watched. */
export interface SweepProgress {
  readonly done: number;
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  /** When the sweep is expected to end, as an ISO 8601 date; undefined as long as that is not known. */
  readonly expectedEnd?: string;
  /** False once no process works at the sweep. */
  readonly isActive: boolean;
}

/** What has changed in a watched sweep. Axes, columns and cells do not change, unless it is obsolete. */
export interface SweepUpdate {
  readonly revision: number;
  readonly runs: readonly IndexRun[];
  readonly progress: SweepProgress;
  /** True if the sweep has other cells or runs than in that revision: the index must be read again. */
  readonly isObsolete?: boolean;
}

/** Which curves of a run are asked for. */
export interface CurveRequest {
  /** The run's id. */
  readonly run: string;
  /** The first step, and the one after the last. */
  readonly from: number;
  readonly until: number;
  /** The steps in an interval that are enough; a source may have none that short. */
  readonly width: number;
}

/** Where the page gets its data from. */
export interface DataSource {
  readonly isLive: boolean;
  readIndex(): Promise<SweepIndex>;
  /** Returns curves, of intervals as short as asked for or as the source has. */
  readCurves(request: CurveRequest): Promise<RunCurves>;
  /**
   * Calls `onUpdate` with every change, and `onLost` with true whenever the connection is lost and false when it is
   * there again. Returns a function that ends this. A source that is not live never calls.
   */
  follow(onUpdate: (update: SweepUpdate) => void, onLost: (isLost: boolean) => void): () => void;
}

/** How a page finds its data: it is written as JSON into the element with the id `sourceElement`. */
export type SourceDescription =
  | { readonly kind: "embedded"; readonly index: SweepIndex }
  /** By the URLs of live-api.ts, relative to the page's. */
  | { readonly kind: "live" };
