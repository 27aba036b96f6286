import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import { keyLabel, tickLabel } from "../../analysis/labels.js";
import { convergedAt, type RunSummary } from "../../analysis/run-summary.js";
import { median } from "../../analysis/stats/estimates.js";
import { errorScale, errorScaleAxis } from "../layout/error-scale.js";
import { drawFacetRow, panelsWidth } from "../layout/facet-row.js";
import {
  colourAxis,
  type FacetLayout,
  facetColumns,
  facetLayout,
  type Row,
  valueOn,
} from "../layout/facets.js";
import { type Style, stylesOf } from "../layout/palette.js";
import { stepAxis } from "../layout/scales.js";
import { type Chart, composeChart, legend } from "../svg/chart.js";

const panel = { width: 250, height: 150 };

/** Where a line and its band are at one step. */
interface Point {
  readonly column: string;
  readonly line: string;
  readonly step: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Accuracy over the steps: the median of a cell's runs as a line, the lowest to the highest run as a band. */
export function drawLearning(runs: readonly RunSummary[], title: string): Chart {
  const axes = varyingAxes(axesOf(runs));
  const lines = colourAxis(axes);
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
  );
  const styles = stylesOf(lines?.key ?? "", lines?.values ?? [""]);
  const rows = layout.rows.map((row) => pointsOf(layout, row, lines));
  const yAxis = errorScaleAxis(
    runs.flatMap((run) => [...run.accuracy.values]),
    panel.height,
    "down",
    "accuracy",
  );
  const last = Math.max(1, ...runs.map((run) => run.lastStep));
  const pieces = rows.map((points, index) =>
    drawFacetRow({
      layout,
      index,
      panel,
      xAxis: stepAxis,
      yAxis: { ...yAxis, room: 40 },
      x: { domain: [0, last] },
      y: { domain: yAxis.domain },
      marks: [
        Plot.ruleY([errorScale(convergedAt)], { stroke: "#767676", strokeWidth: 1.2 }),
        ...marksOf(points, styles),
      ],
    }),
  );
  const entries = [...styles].map(([value, style]) => ({
    text: tickLabel(lines?.key ?? "", value),
    style,
    mark: "line" as const,
  }));
  const lead = lines === undefined ? "" : keyLabel(lines.key);
  const description =
    "Accuracy over the steps: a line for the median of the runs, a band from the lowest to the highest run.";
  const width = panelsWidth(layout, panel, { ...yAxis, room: 40 });
  return composeChart(title, description, [
    ...(lines === undefined ? [] : [legend(entries, width, lead)]),
    ...pieces,
  ]);
}

function pointsOf(layout: FacetLayout, row: Row, lines: Axis | undefined): readonly Point[] {
  return facetColumns(layout, row).flatMap((runs) =>
    (lines?.values ?? [""]).flatMap((line) => {
      const siblings = runs.filter((run) => valueOn(lines, run.keys) === line);
      const column = valueOn(layout.columns, siblings[0]?.keys ?? new Map());
      return spreadOf(siblings).map((spread) => ({ column, line, ...spread }));
    }),
  );
}

function spreadOf(runs: readonly RunSummary[]) {
  const byStep = new Map<number, number[]>();
  for (const { accuracy } of runs) {
    accuracy.steps.forEach((step, i) => {
      const values = byStep.get(step) ?? [];
      values.push(accuracy.values[i] ?? Number.NaN);
      byStep.set(step, values);
    });
  }
  return [...byStep]
    .toSorted(([a], [b]) => a - b)
    .map(([step, values]) => {
      const sorted = values.toSorted((a, b) => a - b);
      return {
        step,
        middle: median(sorted),
        low: sorted[0] ?? Number.NaN,
        high: sorted.at(-1) ?? Number.NaN,
      };
    });
}

function marksOf(points: readonly Point[], styles: ReadonlyMap<string, Style>): readonly Plot.Markish[] {
  return [...styles].flatMap(([line, style]) => {
    const own = points.filter((point) => point.line === line);
    const place = { x: "step", fx: "column" };
    return [
      Plot.areaY(own, {
        ...place,
        y1: (point: Point) => errorScale(point.low),
        y2: (point: Point) => errorScale(point.high),
        fill: style.colour,
        fillOpacity: 0.18,
      }),
      Plot.line(own, {
        ...place,
        y: (point: Point) => errorScale(point.middle),
        stroke: style.colour,
        strokeWidth: 1.8,
        strokeDasharray: style.dash,
      }),
    ];
  });
}
