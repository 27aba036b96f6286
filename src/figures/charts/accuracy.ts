import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, type Keys, varyingAxes } from "../../analysis/axes.js";
import { findOriginalRuns } from "../../analysis/findings/original-accuracy.js";
import { keyLabel, tickLabel } from "../../analysis/labels.js";
import { convergedAt, type RunSummary } from "../../analysis/run-summary.js";
import { errorScale, errorScaleAxis } from "../layout/error-scale.js";
import { type AxisLook, drawFacetRow, panelsWidth } from "../layout/facet-row.js";
import {
  colourAxis,
  type FacetLayout,
  facetColumns,
  facetLayout,
  type Row,
  valueOn,
} from "../layout/facets.js";
import { type Style, stylesOf } from "../layout/palette.js";
import { type Chart, composeChart, type LegendEntry, legend } from "../svg/chart.js";

const lineHeight = 18;
const panelWidth = 240;
const grey = "#767676";

/** One dot: a run of ours or of the original. */
interface Dot {
  readonly column: string;
  readonly line: string;
  readonly place: number;
  readonly accuracy: number;
  readonly below: boolean;
}

/** The accuracy at the end of every run, a dot each: what has converged is seen at one look. */
export function drawAccuracy(runs: readonly RunSummary[], title: string): Chart {
  const axes = varyingAxes(axesOf(runs));
  const lines = colourAxis(axes);
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
  );
  const values = lines?.values ?? [""];
  const dots = layout.rows.map((row) => dotsOf(layout, row, lines));
  const originals = layout.rows.map((row) => originalDots(layout, row, lines));
  const all = [...dots, ...originals].flat();
  const panel = { width: panelWidth, height: lineHeight * values.length + 8 };
  const accuracies = all.map((dot) => dot.accuracy);
  const xAxis = errorScaleAxis(accuracies, panel.width, "across", "accuracy after the last step");
  const yAxis = lineAxis(lines);
  const styles = stylesOf(lines?.key ?? "", values);
  const rows = layout.rows.map((row, index) =>
    drawFacetRow({
      layout,
      index,
      panel,
      xAxis,
      yAxis,
      x: { domain: xAxis.domain },
      y: { domain: [-0.6, values.length - 0.4], reverse: true },
      marks: [
        ...references(layout, row, xAxis.domain),
        ...originalMarks(originals[index] ?? [], values),
        ...dotMarks(dots[index] ?? [], values, styles),
      ],
    }),
  );
  const description = `Accuracy after the last step of ${runs.length} runs, a dot each, by ${axes.map((axis) => keyLabel(axis.key)).join(", ") || "run"}.`;
  const entries = entriesOf(
    originals.some((row) => row.length > 0),
    axes,
    runs,
  );
  return composeChart(title, description, [legend(entries, panelsWidth(layout, panel, yAxis)), ...rows]);
}

function lineAxis(lines: Axis | undefined): AxisLook {
  const texts = (lines?.values ?? [""]).map((value) => tickLabel(lines?.key ?? "", value));
  return {
    label: "",
    ticks: texts.map((_, i) => i),
    tickFormat: (i) => texts[i] ?? "",
    room: Math.max(16, ...texts.map((text) => 7 * text.length + 8)),
    grid: false,
  };
}

function dotsOf(layout: FacetLayout, row: Row, lines: Axis | undefined): readonly Dot[] {
  return facetColumns(layout, row).flatMap((runs) => {
    const ofLine = (value: string) => runs.filter((run) => valueOn(lines, run.keys) === value);
    return (lines?.values ?? [""]).flatMap((value) =>
      ofLine(value).flatMap((run, i, siblings) =>
        run.finalAccuracy === null
          ? []
          : [dot(layout, run.keys, value, run.finalAccuracy, spread(i, siblings.length), false)],
      ),
    );
  });
}

function originalDots(layout: FacetLayout, row: Row, lines: Axis | undefined): readonly Dot[] {
  const cells = new Map(row.runs.map((run) => [JSON.stringify([...run.keys]), run.keys]));
  return [...cells.values()].flatMap((keys) =>
    findOriginalRuns(keys).map(({ finalAccuracy }, i, siblings) => {
      const place = 0.36 + spread(i, siblings.length) * 0.2;
      return dot(layout, keys, valueOn(lines, keys), finalAccuracy ?? 0.9, place, finalAccuracy === null);
    }),
  );
}

function dot(
  layout: FacetLayout,
  keys: Keys,
  line: string,
  accuracy: number,
  place: number,
  below: boolean,
): Dot {
  return { column: valueOn(layout.columns, keys), line, accuracy, place, below };
}

/** Runs of one cell stand a little above each other, within a third of the line. */
function spread(index: number, count: number): number {
  return count < 2 ? 0 : (index / (count - 1) - 0.5) * Math.min(0.36, 0.12 * count);
}

function references(layout: FacetLayout, row: Row, domain: readonly number[]): readonly Plot.Markish[] {
  const majorities = facetColumns(layout, row).flatMap((runs) =>
    [...new Set(runs.flatMap((run) => run.keys.get("threshold") ?? []))].map((threshold) => ({
      column: valueOn(layout.columns, runs[0]?.keys ?? new Map()),
      x: errorScale(Math.max(Number(threshold), 1 - Number(threshold))),
    })),
  );
  const visible = majorities.filter(({ x }) => x >= (domain[0] ?? 0));
  return [
    Plot.ruleX(visible, { x: "x", fx: "column", stroke: grey, strokeDasharray: "3 3" }),
    Plot.ruleX([errorScale(convergedAt)], { stroke: grey, strokeWidth: 1.2 }),
  ];
}

function dotMarks(
  dots: readonly Dot[],
  values: readonly string[],
  styles: ReadonlyMap<string, Style>,
): readonly Plot.Markish[] {
  return [...styles].map(([value, style]) =>
    Plot.dot(
      dots.filter((dot) => dot.line === value),
      {
        x: (dot: Dot) => errorScale(dot.accuracy),
        y: (dot: Dot) => values.indexOf(dot.line) + dot.place,
        fx: "column",
        r: 3.2,
        fill: style.colour,
        fillOpacity: 0.85,
      },
    ),
  );
}

function originalMarks(dots: readonly Dot[], values: readonly string[]): readonly Plot.Markish[] {
  const place = {
    x: (dot: Dot) => errorScale(dot.accuracy),
    y: (dot: Dot) => values.indexOf(dot.line) + dot.place,
    fx: "column",
  };
  return [
    Plot.dot(
      dots.filter((dot) => !dot.below),
      { ...place, r: 2, stroke: grey, strokeWidth: 1 },
    ),
    Plot.text(
      dots.filter((dot) => dot.below),
      { ...place, text: () => "<", fill: grey, fontSize: 11 },
    ),
  ];
}

function entriesOf(
  original: boolean,
  axes: readonly Axis[],
  runs: readonly RunSummary[],
): readonly LegendEntry[] {
  const plain: Style = { colour: "currentColor", dash: "none", symbol: "circle" };
  const rule: Style = { ...plain, colour: grey };
  const threshold =
    axes.some((axis) => axis.key === "threshold") || runs.some((run) => run.keys.has("threshold"));
  return [
    { text: "a run", style: plain, mark: "symbol" },
    ...(original
      ? ([{ text: "the original's runs (< below 0.9)", style: rule, mark: "ring" }] as const)
      : []),
    { text: `converged, ${convergedAt}`, style: rule, mark: "line" },
    ...(threshold
      ? ([{ text: "majority class", style: { ...rule, dash: "3 3" }, mark: "line" }] as const)
      : []),
  ];
}
