import type { ColumnSummary, RunSummary } from "../../analysis/run-summary.js";
import { downsample } from "../../analysis/stats/downsample.js";
import { lossNames } from "../../study/losses.js";
import { spreadOf } from "./spread.js";

/** The intervals of steps for each px of which a curve keeps the lowest and the highest value. */
const intervalsPerPx = 1.25;

/** What a figure of curves shows side by side: a column for each value of a key. */
export interface CurveColumns {
  readonly key: string;
  readonly columns: readonly CurveColumn[];
}

/** A column of a figure of curves: one run, or the runs whose median and range it shows. Empty if none is finished. */
export interface CurveColumn {
  readonly value: string;
  readonly runs: readonly RunSummary[];
}

/** One curve of one column. */
export interface FacetCurve {
  readonly column: string;
  readonly loss: string;
  /** True if the column's runs train this loss. */
  readonly isTrained: boolean;
  readonly points: readonly CurvePoint[];
}

/** A point of a curve, with the range of the runs where there are several. */
export interface CurvePoint {
  readonly step: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

/**
 * Returns the curves of a quantity in all columns, loss by loss. A facet of `width` px has no use for more points than its
 * pixels can show.
 */
export function facetCurves(
  figure: CurveColumns,
  quantity: ColumnSummary["quantity"],
  width: number,
): readonly FacetCurve[] {
  return measuredLosses(figure).flatMap((loss) =>
    figure.columns.flatMap(({ value, runs }) => {
      const summaries = runs.flatMap((run) =>
        networkColumns(run, quantity).filter((column) => column.loss === loss),
      );
      const isTrained = runs.some((run) => run.keys.get("trained_loss") === loss);
      return summaries.length === 0
        ? []
        : [{ column: value, loss, isTrained, points: curvePoints(summaries, width) }];
    }),
  );
}

function curvePoints(summaries: readonly ColumnSummary[], width: number): readonly CurvePoint[] {
  const [only, ...others] = summaries;
  if (only !== undefined && others.length === 0) {
    const { steps, values } = downsample(only.curve.steps, only.curve.values, intervalsPerPx * width);
    return [...steps].map((step, i) => ({ step, y: values[i] ?? Number.NaN }));
  }
  return rangePoints(summaries.map(({ samples }) => samples));
}

/** Returns the accuracy of a column's runs. */
export function accuracyPoints(runs: readonly RunSummary[]): readonly CurvePoint[] {
  const points = rangePoints(runs.map(({ accuracy }) => accuracy));
  return runs.length > 1 ? points : points.map(({ step, y }) => ({ step, y }));
}

function rangePoints(curves: Parameters<typeof spreadOf>[0]): readonly CurvePoint[] {
  return spreadOf(curves).map(({ step, median, lowest, highest }) => ({
    step,
    y: median,
    low: lowest,
    high: highest,
  }));
}

/** Returns the losses that any of the runs measured, in the order of the table of losses, then others. */
export function measuredLosses({ columns }: CurveColumns): readonly string[] {
  const measured = new Set(
    columns.flatMap(({ runs }) =>
      runs.flatMap((run) =>
        [...networkColumns(run, "loss"), ...networkColumns(run, "norm")].map(({ loss }) => loss),
      ),
    ),
  );
  return [...new Set([...lossNames, ...measured])].filter((loss) => measured.has(loss));
}

/** Returns a run's columns of one quantity over the whole network, without those of single layers. */
function networkColumns(run: RunSummary, quantity: ColumnSummary["quantity"]): readonly ColumnSummary[] {
  return [...run.columns.values()].filter(
    (column) => column.quantity === quantity && column.layer === undefined,
  );
}
