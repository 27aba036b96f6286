import * as Plot from "@observablehq/plot";
import type { Axis } from "../../src/analysis/axes.js";
import { type ChartAxis, categoryAxis } from "../../src/figures/layout/axes.js";
import { composeFacetChart } from "../../src/figures/layout/facet-chart.js";
import { type ChartSeries, seriesLegend } from "../../src/figures/layout/series.js";
import { standardChart } from "../../src/figures/options.js";
import { type Chart, referenceColor } from "../../src/figures/svg/chart.js";

const lineHeight = 16;

/** An estimate with its interval, and where it is drawn. */
export interface PlacedEstimate {
  /** The label of its row of facets. */
  readonly row: string;
  /** The value of the axis of columns. */
  readonly column: string;
  /** The name of its line within the facet. */
  readonly line: string;
  /** Its series, of those in `series`. */
  readonly series: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What a chart of estimates needs beside them. */
export interface IntervalChart {
  readonly title: string;
  readonly description: string;
  readonly columns: Axis;
  readonly series: ChartSeries;
  readonly xAxis: ChartAxis;
  /** Where lines across the x axis are drawn. */
  readonly references: readonly number[];
  /** What a dot is, for the legend. */
  readonly dot: string;
}

/** Draws estimates as dots with their 95 % intervals as lines: rows and columns of facets, in each a line of text for every name. */
export function drawIntervals(estimates: readonly PlacedEstimate[], chart: IntervalChart): Chart {
  const rows = [...new Set(estimates.map(({ row }) => row))];
  const lines = [...new Set(estimates.map(({ line }) => line))];
  const shown = [...chart.series.styles.keys()];
  const offset = (series: string) => ((shown.indexOf(series) + 0.5) / shown.length - 0.5) * 0.6;
  const marks = (row: string): readonly Plot.Markish[] =>
    [...chart.series.styles].flatMap(([series, { color, symbol }]) => {
      const own = estimates.filter((estimate) => estimate.row === row && estimate.series === series);
      const place = {
        y: ({ line }: PlacedEstimate) => lines.indexOf(line) + offset(series),
        fx: "column",
      };
      return [
        Plot.ruleY(own, { ...place, x1: "low", x2: "high", stroke: color, strokeWidth: 1.6 }),
        Plot.dot(own, { ...place, x: "mean", r: 3, fill: color, symbol }),
      ];
    });
  return composeFacetChart(
    {
      title: chart.title,
      description: chart.description,
      layout: { columns: chart.columns, rows: rows.map((label) => ({ label, runs: [] })) },
      facet: { width: 230, height: lines.length * lineHeight + 8 },
      xAxis: () => chart.xAxis,
      yAxis: categoryAxis(lines, 0.6, 0.6),
      legend: seriesLegend(chart.series, "dot", new Set(shown), [
        { text: chart.dot, mark: "dot" },
        { text: "95 % interval", mark: "line" },
      ]),
      rows: () =>
        rows.map((row) => [
          Plot.ruleX(chart.references, { stroke: referenceColor, strokeDasharray: "3 3" }),
          ...marks(row),
        ]),
    },
    standardChart,
  );
}
