import * as Plot from "@observablehq/plot";
import { axesOf, varying } from "./axes.js";
import type { Digest, Trace } from "./digest.js";
import { composed, type Drawing, legend } from "./drawing.js";
import { columnsOf, layoutOf, valueOn } from "./layout.js";
import { type Style, stylesOf } from "./palette.js";
import { type AxisLook, drawRow, panelsWidth } from "./panels.js";
import { logScale, shortNumber } from "./scales.js";
import { geometricMean } from "./statistics.js";
import { keyWords, tickWords } from "./words.js";

const panel = { width: 200, height: 150 };

interface Point {
  readonly column: string;
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/** The names of the layers whose norms the runs recorded, from the image to the logits. */
export function layersOf(runs: readonly Digest[]): readonly string[] {
  return [...new Set(runs.flatMap((run) => layerTraces(run).map((trace) => trace.layer ?? "")))];
}

/** Which layer carries the norm: the trained loss's mean gradient norm in every layer. */
export function drawLayers(runs: readonly Digest[], title: string): Drawing {
  const layers = layersOf(runs);
  const axes = varying(axesOf(runs));
  const loss = axes.find((axis) => axis.key === "trained_loss");
  const lines = axes.filter((axis) => axis !== loss).toSorted((a, b) => b.values.length - a.values.length)[0];
  const layout = layoutOf(
    runs,
    axes.filter((axis) => axis !== lines),
    loss,
  );
  const rows = layout.rows.map((row) =>
    columnsOf(layout, row).flatMap((column) =>
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
    drawRow({
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
    text: tickWords(lines?.key ?? "", value),
    style,
    mark: "line" as const,
  }));
  const head =
    lines === undefined ? [] : [legend(entries, panelsWidth(layout, panel, yAxis), keyWords(lines.key))];
  const description =
    "Mean gradient norm of the trained loss in every layer: dots are runs, lines their geometric means.";
  return composed(title, description, [...head, ...pieces]);
}

function layerTraces(run: Digest): readonly Trace[] {
  return [...run.traces.values()].filter((trace) => trace.layer !== null);
}

/** The layers' norms of the loss that the run trains. */
function ownTraces(run: Digest): readonly Trace[] {
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
