import * as Plot from "@observablehq/plot";
import type { CurveScale } from "../layout/curve-scale.js";
import type { SeriesStyle } from "../layout/palette.js";
import { accuracyPoints, type CurveColumns, type CurvePoint, type FacetCurve } from "./curve-data.js";

/** The widths in px of a curve and of the curve of the trained loss. */
export interface CurveWidths {
  readonly plain: number;
  readonly trained: number;
}

/** Returns curves, clipped to their facet, with the range of several runs behind them. Trained losses are on top. */
export function curveMarks(
  curves: readonly FacetCurve[],
  styles: ReadonlyMap<string, SeriesStyle>,
  widths: CurveWidths,
  scale: CurveScale,
): readonly Plot.Markish[] {
  const series = [false, true].flatMap((isTrained) =>
    [...styles].map(([loss, style]) => ({
      style,
      width: isTrained ? widths.trained : widths.plain,
      own: curves.filter((curve) => curve.loss === loss && curve.isTrained === isTrained),
    })),
  );
  return series
    .filter(({ own }) => own.length > 0)
    .flatMap(({ style: { color, dash }, width, own }) => [
      ...rangeMarks(own, color, scale),
      pointLine(own, scale, { stroke: color, strokeWidth: width, strokeDasharray: dash }),
    ]);
}

/** Returns the accuracy as a line, with dots where it was measured. It is given on the scale of the losses. */
export function accuracyMarks(
  { columns }: CurveColumns,
  toScale: (accuracy: number) => number,
  scale: CurveScale,
): readonly Plot.Markish[] {
  const curves = columns.map(({ value, runs }) => ({
    column: value,
    points: accuracyPoints(runs).map(({ step, y, low, high }) => ({
      step,
      y: toScale(y),
      ...(low === undefined || high === undefined ? {} : { low: toScale(low), high: toScale(high) }),
    })),
  }));
  const dots = curves.flatMap(({ column, points }) =>
    points.filter(({ y }) => y >= scale.low && y <= scale.high).map((point) => ({ ...point, column })),
  );
  return [
    ...rangeMarks(curves, "currentColor", scale),
    pointLine(curves, scale, { stroke: "#fff", strokeWidth: 4, strokeOpacity: 0.7 }),
    pointLine(curves, scale, { stroke: "currentColor", strokeWidth: 1.6 }),
    Plot.dot(dots, { x: "step", y: "y", fx: "column", r: 1.6, fill: "currentColor", clip: true }),
  ];
}

type PointCurve = Pick<FacetCurve, "column" | "points">;

function pointLine(curves: readonly PointCurve[], scale: CurveScale, look: Plot.LineOptions): Plot.Markish {
  const points = curves.flatMap(({ column, points: own }) => {
    const ys = visibleParts(
      own.map(({ y }) => y),
      scale,
    );
    return own.map(({ step }, i) => ({ column, step, y: ys[i] }));
  });
  return Plot.line(points, { x: "step", y: "y", fx: "column", clip: true, ...look });
}

function rangeMarks(
  curves: readonly PointCurve[],
  color: string,
  { low, high }: CurveScale,
): readonly Plot.Markish[] {
  const within = (value: number) => Math.min(Math.max(value, low), high);
  const points = curves.flatMap(({ column, points: own }) =>
    own.flatMap((point) => (point.low === undefined ? [] : [{ column, ...point }])),
  );
  if (points.length === 0) {
    return [];
  }
  return [
    Plot.areaY(points, {
      x: "step",
      y1: (point: CurvePoint) => within(point.low ?? Number.NaN),
      y2: (point: CurvePoint) => within(point.high ?? Number.NaN),
      fx: "column",
      fill: color,
      fillOpacity: 0.18,
      clip: true,
    }),
  ];
}

/**
 * Returns the values within the scale, with one neighbor on either side so that lines leave the facet where they should;
 * NaN for the others, because resvg, which renders the PNGs, aborts on some far-away lines. For the same reason a
 * neighbor is at most the scale's length away from it.
 */
function visibleParts(values: readonly number[], scale: CurveScale): readonly number[] {
  const isVisible = (i: number) =>
    (values[i] ?? Number.NaN) >= scale.low && (values[i] ?? Number.NaN) <= scale.high;
  const [lowest, highest] = [scale.at(-1), scale.at(2)];
  return values.map((y, i) =>
    isVisible(i - 1) || isVisible(i) || isVisible(i + 1)
      ? Math.max(Math.min(y, highest), lowest)
      : Number.NaN,
  );
}
