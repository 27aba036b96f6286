import type { LossName } from "./losses.js";
import { layerNames } from "./network/architecture.js";
import type { Cell, Run } from "./run.js";

// The one place that says which numbers a step records and in which order. The compiled step emits them, the
// CSV's header names them and a run's metrics read them by this layout.

/** What follows a loss's name in the column of its value. */
export const lossSuffix = "_loss";

/**
 * What follows a loss's name in the column of its gradient norm, and stands before a layer's name in those
 * per layer.
 */
export const normSuffix = "_grad_norm";

/** Adjacent columns of a row. */
export interface ColumnRange {
  /** Index of the first. */
  readonly begin: number;
  readonly size: number;
}

/**
 * The numbers that one step records of one run: first all losses, then their norms, then the norms per layer.
 */
export interface RowLayout {
  /** The names of all columns, as in the CSV's header. */
  readonly columns: readonly string[];
  /** The value of every monitored loss. */
  readonly losses: ColumnRange;
  /** The global gradient norm of every monitored loss. */
  readonly norms: ColumnRange;
  /** Of every monitored loss, one after the other, the norms per layer; of size 0 without `perLayer`. */
  readonly layerNorms: ColumnRange;
}

/** What decides which numbers are recorded: a run, or the step signature that runs share. */
export type RecordedNumbers =
  | Pick<Run, "cell" | "monitor" | "perLayer">
  | { readonly monitor: readonly LossName[]; readonly perLayer: boolean; readonly convLayers: number };

/** Returns the row layout of a run, or of all runs with a step signature. */
export function rowLayout(recorded: RecordedNumbers): RowLayout {
  const { monitor, perLayer } = recorded;
  const { convLayers } = "cell" in recorded ? recorded.cell : recorded;
  const layers = perLayer ? layerNames({ convLayers }) : [];
  const losses = monitor.map((loss) => `${loss}${lossSuffix}`);
  const norms = monitor.map((loss) => `${loss}${normSuffix}`);
  const layerNorms = norms.flatMap((norm) => layers.map((layer) => `${norm}_${layer}`));
  return {
    columns: [...losses, ...norms, ...layerNorms],
    losses: { begin: 0, size: losses.length },
    norms: { begin: losses.length, size: norms.length },
    layerNorms: { begin: losses.length + norms.length, size: layerNorms.length },
  };
}

// The columns before the numbers, which say to which run a row belongs. They stand here and not with the
// table of parameters, so that a worker, which writes rows, does not load the schema library.

/** The parameters that every CSV row and every cell's name contains, swept or not. */
export const mainKeys = [
  "optimizer",
  "batchNorm",
  "threshold",
  "loss",
] as const satisfies readonly (keyof Cell)[];

/** Returns whether every CSV row contains a parameter, swept or not. */
export function isMainKey(key: keyof Cell): boolean {
  const always: readonly (keyof Cell)[] = mainKeys;
  return always.includes(key);
}

/** Returns a key as a column of a CSV: `learningRate` is `learning_rate`, `loss` is `trained_loss`. */
export function columnOf(key: keyof Cell): string {
  return key === "loss" ? "trained_loss" : separated(key, "_");
}

/** Returns a camelCase key in lower case, its words joined by a separator. */
export function separated(key: string, separator: string): string {
  return key.replace(/[A-Z]/g, (capital) => separator + capital.toLowerCase());
}
