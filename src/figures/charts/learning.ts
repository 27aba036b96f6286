import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import { capitalized } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import type { Curve } from "../../analysis/stats/downsample.js";
import { errorScale } from "../../analysis/stats/error-scale.js";
import { type MeasureName, measures } from "../../study/measures.js";
import { stepAxis } from "../layout/axes.js";
import { convergedRule, errorScaleAxis } from "../layout/error-scale.js";
import { composeFacetChart, type FacetChart } from "../layout/facet-chart.js";
import {
  colorAxis,
  type FacetLayout,
  type FacetRow,
  facetColumns,
  facetLayout,
  valueOn,
} from "../layout/facets.js";
import {
  axisSeries,
  type ChartSeries,
  type CommonEntry,
  convergedEntry,
  runsPerCell,
  seriesLegend,
} from "../layout/series.js";
import type { ChartOptions } from "../options.js";
import type { Chart } from "../svg/chart.js";
import { type Spread, spreadOf } from "./spread.js";

const facet = { width: 250, height: 150 };

/** The values of a cell's runs at one step. */
interface LearningBand extends Spread {
  readonly column: string;
  readonly line: string;
}

/**
 * Draws accuracy, or a measure beside it, over the steps: the median of a cell's runs as a line, the lowest to the highest
 * run as a band.
 */
export function learningChart(
  runs: readonly RunSummary[],
  title: string,
  options: ChartOptions,
  measure?: MeasureName,
): Chart {
  const label = measure === undefined ? "accuracy" : measures[measure].title;
  const curveOf = (run: RunSummary) => (measure === undefined ? run.accuracy : run.measures.get(measure));
  const axes = varyingAxes(axesOf(runs));
  const lines = colorAxis(axes);
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
  );
  const series = axisSeries(lines);
  const values = runs.flatMap((run) => [...(curveOf(run)?.values ?? [])]);
  const last = Math.max(1, ...runs.map((run) => run.lastStep));
  const bands = layout.rows.map((row) => rowBands(layout, row, lines, curveOf));
  // Convergence is a matter of the accuracy.
  const hasRule = measure === undefined;
  const content: FacetChart = {
    title,
    description: `${capitalized(label)} over the steps: a line for the median of the runs, a band from the lowest to the highest run.`,
    layout,
    facet,
    xAxis: (width) => stepAxis(0, last, width),
    yAxis: errorScaleAxis(values, facet.height, "down", label),
    legend: seriesLegend(series, "line", new Set(bands.flat().map(({ line }) => line)), [
      ...spreadEntries(runs),
      ...(hasRule ? [convergedEntry] : []),
    ]),
    rows: () => bands.map((row) => [...(hasRule ? [convergedRule("down")] : []), ...bandMarks(row, series)]),
  };
  return composeFacetChart(content, options);
}

/** Returns legend entries for line and band; a single run has neither median nor spread. */
function spreadEntries(runs: readonly RunSummary[]): readonly CommonEntry[] {
  const perCell = runsPerCell(runs);
  return perCell === "1 run"
    ? []
    : [
        { text: `median of ${perCell}`, mark: "line" },
        { text: "lowest to highest run", mark: "band" },
      ];
}

function rowBands(
  layout: FacetLayout,
  row: FacetRow,
  lines: Axis | undefined,
  curveOf: (run: RunSummary) => Curve | undefined,
): readonly LearningBand[] {
  return facetColumns(layout, row).flatMap((runs) =>
    (lines?.values ?? [""]).flatMap((line) => {
      const cell = runs.filter((run) => valueOn(lines, run.keys) === line);
      const column = valueOn(layout.columns, cell[0]?.keys ?? new Map());
      return spreadOf(cell.flatMap((run) => curveOf(run) ?? [])).map((band) => ({ column, line, ...band }));
    }),
  );
}

function bandMarks(bands: readonly LearningBand[], { styles }: ChartSeries): readonly Plot.Markish[] {
  return [...styles].flatMap(([line, { color, dash }]) => {
    const own = bands.filter((band) => band.line === line);
    const place = { x: "step", fx: "column" };
    return [
      Plot.areaY(own, {
        ...place,
        y1: (band: LearningBand) => errorScale(band.lowest),
        y2: (band: LearningBand) => errorScale(band.highest),
        fill: color,
        fillOpacity: 0.18,
      }),
      Plot.line(own, {
        ...place,
        y: (band: LearningBand) => errorScale(band.median),
        stroke: color,
        strokeWidth: 1.8,
        strokeDasharray: dash,
      }),
    ];
  });
}
