import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { median } from "../../analysis/stats/estimates.js";
import { stepAxis } from "../layout/axes.js";
import { convergedRule, errorScale, errorScaleAxis } from "../layout/error-scale.js";
import { composeFacetChart } from "../layout/facet-chart.js";
import {
  colorAxis,
  type FacetLayout,
  type FacetRow,
  facetColumns,
  facetLayout,
  valueOn,
} from "../layout/facets.js";
import { axisSeries, type ChartSeries, seriesLegend } from "../layout/series.js";
import type { Chart } from "../svg/chart.js";

const facet = { width: 250, height: 150 };

/** The accuracies of a cell's runs at one step. */
interface AccuracyBand {
  readonly column: string;
  readonly line: string;
  readonly step: number;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Draws accuracy over the steps: the median of a cell's runs as a line, the lowest to the highest run as a band. */
export function learningChart(runs: readonly RunSummary[], title: string): Chart {
  const axes = varyingAxes(axesOf(runs));
  const lines = colorAxis(axes);
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
  );
  const series = axisSeries(lines);
  const accuracies = runs.flatMap((run) => [...run.accuracy.values]);
  return composeFacetChart({
    title,
    description:
      "Accuracy over the steps: a line for the median of the runs, a band from the lowest to the highest run.",
    layout,
    facet,
    xAxis: stepAxis(0, Math.max(1, ...runs.map((run) => run.lastStep))),
    yAxis: errorScaleAxis(accuracies, facet.height, "down", "accuracy"),
    legend: seriesLegend(series, "line"),
    rows: layout.rows.map((row) => [
      convergedRule("down"),
      ...bandMarks(rowBands(layout, row, lines), series),
    ]),
  });
}

function rowBands(layout: FacetLayout, row: FacetRow, lines: Axis | undefined): readonly AccuracyBand[] {
  return facetColumns(layout, row).flatMap((runs) =>
    (lines?.values ?? [""]).flatMap((line) => {
      const cell = runs.filter((run) => valueOn(lines, run.keys) === line);
      const column = valueOn(layout.columns, cell[0]?.keys ?? new Map());
      return cellBands(cell).map((band) => ({ column, line, ...band }));
    }),
  );
}

function cellBands(runs: readonly RunSummary[]) {
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
    .map(([step, values]) => ({
      step,
      median: median(values),
      lowest: Math.min(...values),
      highest: Math.max(...values),
    }));
}

function bandMarks(bands: readonly AccuracyBand[], { styles }: ChartSeries): readonly Plot.Markish[] {
  return [...styles].flatMap(([line, { color, dash }]) => {
    const own = bands.filter((band) => band.line === line);
    const place = { x: "step", fx: "column" };
    return [
      Plot.areaY(own, {
        ...place,
        y1: (band: AccuracyBand) => errorScale(band.lowest),
        y2: (band: AccuracyBand) => errorScale(band.highest),
        fill: color,
        fillOpacity: 0.18,
      }),
      Plot.line(own, {
        ...place,
        y: (band: AccuracyBand) => errorScale(band.median),
        stroke: color,
        strokeWidth: 1.8,
        strokeDasharray: dash,
      }),
    ];
  });
}
