import * as Plot from "@observablehq/plot";
import { axesOf, varyingAxes } from "../../analysis/axes.js";
import { keyLabel, tickLabel } from "../../analysis/labels.js";
import type { ColumnSummary, RunSummary } from "../../analysis/run-summary.js";
import { geometricMean } from "../../analysis/stats/estimates.js";
import { type AxisLook, drawFacetRow, panelsWidth } from "../layout/facet-row.js";
import { facetColumns, facetLayout, valueOn } from "../layout/facets.js";
import { type Style, stylesOf } from "../layout/palette.js";
import { logScale, shortNumber } from "../layout/scales.js";
import { type Chart, composeChart, legend } from "../svg/chart.js";

const panel = { width: 200, height: 150 };

interface Point {
  readonly column: string;
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/** The names of the layers whose norms the runs recorded, from the image to the logits. */
export function layersIn(runs: readonly RunSummary[]): readonly string[] {
  return [...new Set(runs.flatMap((run) => layerTraces(run).map((trace) => trace.layer ?? "")))];
}

/** Which layer carries the norm: the trained loss's mean gradient norm in every layer. */
export function drawLayers(runs: readonly RunSummary[], title: string): Chart {
  const layers = layersIn(runs);
  const axes = varyingAxes(axesOf(runs));
  const loss = axes.find((axis) => axis.key === "trained_loss");
  const lines = axes.filter((axis) => axis !== loss).toSorted((a, b) => b.values.length - a.values.length)[0];
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
    loss,
  );
  const rows = layout.rows.map((row) =>
    facetColumns(layout, row).flatMap((column) =>
      column.flatMap((run) =>
        ownTraces(run).map((trace) => ({
          column: valueOn(layout.columns, run.keys),
          line: valueOn(lines, run.keys),
          x: layers.indexOf(trace.layer ?? ""),
          y: trace.mean,
        })),
      ),
    ),
  );
  const scale = logScale(rows.flat().map((point) => point.y));
  const styles = stylesOf(lines?.key ?? "", lines?.values ?? [""]);
  const xAxis: AxisLook = {
    label: "layer",
    ticks: layers.map((_, i) => i),
    tickFormat: (i) => layers[i] ?? "",
  };
  const yAxis: AxisLook = { label: "mean gradient norm", ticks: scale.ticks, tickFormat: shortNumber };
  const pieces = rows.map((points, index) =>
    drawFacetRow({
      layout,
      index,
      panel,
      xAxis,
      yAxis,
      x: { domain: [-0.4, layers.length - 0.6] },
      y: { type: "log", domain: scale.domain },
      marks: marksOf(points, styles),
    }),
  );
  const entries = [...styles].map(([value, style]) => ({
    text: tickLabel(lines?.key ?? "", value),
    style,
    mark: "line" as const,
  }));
  const head =
    lines === undefined ? [] : [legend(entries, panelsWidth(layout, panel, yAxis), keyLabel(lines.key))];
  const description =
    "Mean gradient norm of the trained loss in every layer: dots are runs, lines their geometric means.";
  return composeChart(title, description, [...head, ...pieces]);
}

function layerTraces(run: RunSummary): readonly ColumnSummary[] {
  return [...run.columns.values()].filter((trace) => trace.layer !== null);
}

/** The layers' norms of the loss that the run trains. */
function ownTraces(run: RunSummary): readonly ColumnSummary[] {
  return layerTraces(run).filter((trace) => trace.loss === run.keys.get("trained_loss") && trace.mean > 0);
}

function marksOf(points: readonly Point[], styles: ReadonlyMap<string, Style>): readonly Plot.Markish[] {
  return [...styles].flatMap(([line, style], i) => {
    const own = points.filter((point) => point.line === line);
    const place = { x: "x", y: "y", fx: "column", dx: (i - (styles.size - 1) / 2) * 5 };
    return [
      Plot.line(middles(own), {
        ...place,
        stroke: style.colour,
        strokeWidth: 1.8,
        strokeDasharray: style.dash,
      }),
      Plot.dot(own, { ...place, r: 2.4, fill: style.colour, fillOpacity: 0.8, symbol: style.symbol }),
    ];
  });
}

function middles(points: readonly Point[]): readonly Point[] {
  const places = [...new Set(points.map(({ column, x }) => JSON.stringify([column, x])))].toSorted();
  return places.flatMap((place) => {
    const group = points.filter(({ column, x }) => JSON.stringify([column, x]) === place);
    const first = group[0];
    return first === undefined ? [] : [{ ...first, y: geometricMean(group.map((point) => point.y)) }];
  });
}
