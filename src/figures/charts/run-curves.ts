import * as Plot from "@observablehq/plot";
import { keyLabel, valueLabel } from "../../analysis/labels.js";
import type { ColumnSummary, RunSummary, Smoothing } from "../../analysis/run-summary.js";
import { lossNames } from "../../study/losses.js";
import { type Style, stylesOf } from "../layout/palette.js";
import { stepText } from "../layout/scales.js";
import { type Chart, composeChart, type LegendEntry, legend, type Piece, plotted } from "../svg/chart.js";

/** The highest gradient norm and loss shown, null for the highest there is. */
export interface Limits {
  readonly norm: number | null;
  readonly loss: number | null;
}

/** The study's limits. */
export const studyLimits: Limits = { norm: 4, loss: 1 };

/** Curves of runs side by side: a column for each value of a key, without a run where none is finished. */
export interface CurveFigure {
  readonly title: string;
  readonly key: string;
  readonly columns: readonly CurveColumn[];
}

export interface CurveColumn {
  readonly value: string;
  readonly run: RunSummary | undefined;
}

const panelWidth = 270;
const gap = 26;
const margins = { left: 72, right: 58 };

// The study's right-hand axis.
const accuracyRange = [0.9, 1.012] as const;
const accuracyTicks = [0.9, 0.92, 0.94, 0.96, 0.98, 1];
const accuracyStyle: Style = { colour: "#1b1f24", dash: "none", symbol: "circle" };

/** Gradient norms above, losses and accuracy below, as the study draws them. */
export function drawCurves(figure: CurveFigure, limits: Limits, smoothing: Smoothing): Chart {
  const losses = figure.columns.flatMap(({ run }) => plainTraces(run, "loss").map((t) => t.loss));
  const norms = figure.columns.flatMap(({ run }) => plainTraces(run, "norm").map((t) => t.loss));
  const measured = new Set([...losses, ...norms]);
  const order = new Set([...lossNames, ...measured]);
  const styles = stylesOf(
    "trained_loss",
    [...order].filter((loss) => measured.has(loss)),
  );
  const width = margins.left + margins.right + figure.columns.length * (panelWidth + gap) - gap;
  const entries: LegendEntry[] = [...styles].map(([text, style]) => ({ text, style, mark: "line" }));
  const description = `Gradient norms (moving average of ${smoothing.norms} steps), losses (of ${smoothing.losses} steps) and accuracy over the steps; a column for each ${keyLabel(figure.key)}.`;
  return composeChart(figure.title, description, [
    legend([...entries, { text: "accuracy (right-hand axis)", style: accuracyStyle, mark: "line" }], width),
    normPanels(figure, styles, limits.norm ?? highest(figure, "norm"), width, smoothing.norms),
    lossPanels(figure, styles, limits.loss ?? highest(figure, "loss"), width, smoothing.losses),
  ]);
}

function normPanels(
  figure: CurveFigure,
  styles: ReadonlyMap<string, Style>,
  max: number,
  width: number,
  window: number,
): Piece {
  return plotted({
    ...frame(figure, width, 240, max),
    marginTop: 30,
    fx: { ...facets(figure), axis: null },
    marks: [
      ...backdrop(`gradient norm${averaged(window)}`),
      Plot.axisX({ label: null, tickFormat: () => "", ticks: 5 }),
      Plot.axisFx({
        anchor: "top",
        label: null,
        tickFormat: (v) => valueLabel(figure.key, v),
        fontWeight: 600,
      }),
      ...curveMarks(figure, "norm", styles, max),
      ...notes(figure, "top-right", brokenText),
    ],
  });
}

function lossPanels(
  figure: CurveFigure,
  styles: ReadonlyMap<string, Style>,
  max: number,
  width: number,
  window: number,
): Piece {
  const [low, high] = accuracyRange;
  const onLossScale = (accuracy: number) => (max * (accuracy - low)) / (high - low);
  return plotted({
    ...frame(figure, width, 244, max),
    marginTop: 12,
    marginBottom: 38,
    fx: { ...facets(figure), axis: null },
    marks: [
      ...backdrop(`loss${averaged(window)}`),
      Plot.axisX({ label: null, tickFormat: stepText, ticks: 5 }),
      Plot.axisY(accuracyTicks.map(onLossScale), {
        anchor: "right",
        label: null,
        tickFormat: (y) => ((y * (high - low)) / max + low).toFixed(2),
      }),
      Plot.text(["accuracy"], {
        facet: "super",
        frameAnchor: "right",
        textAnchor: "middle",
        dx: 46,
        rotate: 90,
      }),
      Plot.text(["step"], { facet: "super", frameAnchor: "bottom", dy: 32 }),
      ...curveMarks(figure, "loss", styles, max),
      ...accuracyMarks(figure, onLossScale, max),
      ...notes(figure, "bottom-right", lowAccuracyText),
    ],
  });
}

function frame(figure: CurveFigure, width: number, height: number, max: number) {
  const last = Math.max(1, ...figure.columns.map(({ run }) => run?.lastStep ?? 0));
  const first = Math.min(last - 1, ...figure.columns.map(({ run }) => run?.firstStep ?? last - 1));
  return {
    width,
    height,
    marginLeft: margins.left,
    marginRight: margins.right,
    x: { domain: [first, last] },
    y: { domain: [0, max] },
  };
}

function facets(figure: CurveFigure) {
  return { domain: figure.columns.map(({ value }) => value), paddingInner: gap / (panelWidth + gap) };
}

function backdrop(label: string): readonly Plot.Markish[] {
  return [
    Plot.gridY({ strokeOpacity: 0.12, ticks: 5 }),
    Plot.axisY({ label: null, ticks: 5 }),
    Plot.frame({ strokeOpacity: 0.35 }),
    Plot.text([label], {
      facet: "super",
      frameAnchor: "left",
      textAnchor: "middle",
      dx: -52,
      rotate: -90,
      lineAnchor: "middle",
    }),
  ];
}

function averaged(window: number): string {
  return window === 1 ? "" : `\naverage of ${window} steps`;
}

function curveMarks(
  figure: CurveFigure,
  quantity: ColumnSummary["quantity"],
  styles: ReadonlyMap<string, Style>,
  max: number,
): readonly Plot.Markish[] {
  return [...styles].map(([loss, style]) => {
    const columns = figure.columns.flatMap(({ value, run }) => {
      const trace = plainTraces(run, quantity).find((candidate) => candidate.loss === loss);
      return trace === undefined ? [] : [{ value, curve: trace.curve }];
    });
    return Plot.line(
      { length: columns.reduce((sum, { curve }) => sum + curve.steps.length, 0) },
      {
        x: columns.flatMap(({ curve }) => [...curve.steps]),
        y: columns.flatMap(({ curve }) => inReach([...curve.values], max)),
        fx: columns.flatMap(({ value, curve }) => Array<string>(curve.steps.length).fill(value)),
        stroke: style.colour,
        strokeWidth: quantity === "norm" ? 1.6 : 1.1,
        strokeDasharray: style.dash,
        clip: true,
      },
    );
  });
}

function accuracyMarks(
  figure: CurveFigure,
  scale: (accuracy: number) => number,
  max: number,
): readonly Plot.Markish[] {
  const points = figure.columns.flatMap(({ value, run }) => {
    if (run === undefined) {
      return [];
    }
    const places = inReach([...run.accuracy.values].map(scale), max);
    return places.map((y, i) => ({ value, x: run.accuracy.steps[i] ?? Number.NaN, y }));
  });
  const options = { x: "x", y: "y", fx: "value", clip: true } as const;
  return [
    Plot.line(points, { ...options, stroke: "#fff", strokeWidth: 4, strokeOpacity: 0.7 }),
    Plot.line(points, { ...options, stroke: "currentColor", strokeWidth: 1.6 }),
    Plot.dot(points, { ...options, r: 1.6, fill: "currentColor" }),
  ];
}

/** What a reader would look for in vain; a text, if empty, in every column, so that each has its panel. */
function notes(
  figure: CurveFigure,
  frameAnchor: "top-right" | "bottom-right",
  textOf: (run: RunSummary) => string,
): readonly Plot.Markish[] {
  const dy = frameAnchor === "top-right" ? 10 : -10;
  const present = figure.columns.flatMap(({ value, run }) =>
    run === undefined ? [] : [{ value, text: textOf(run) }],
  );
  const missing = figure.columns.filter(({ run }) => run === undefined);
  return [
    Plot.text(present, {
      text: "text",
      fx: "value",
      frameAnchor,
      dx: -10,
      dy,
      stroke: "#fff",
      fill: "currentColor",
    }),
    Plot.text(missing, {
      text: () => "no finished run",
      fx: "value",
      frameAnchor: "middle",
      fillOpacity: 0.6,
    }),
  ];
}

function brokenText(run: RunSummary): string {
  const broken = Math.min(
    ...[...run.columns.values()].map((trace) => trace.firstNonFinite ?? Number.POSITIVE_INFINITY),
  );
  return broken === Number.POSITIVE_INFINITY ? "" : `NaN from step ${broken}`;
}

function lowAccuracyText(run: RunSummary): string {
  const best = run.bestAccuracy?.value ?? Number.NaN;
  return best < accuracyRange[0] ? `accuracy below ${accuracyRange[0]}, at best ${best.toFixed(3)}` : "";
}

function plainTraces(
  run: RunSummary | undefined,
  quantity: ColumnSummary["quantity"],
): readonly ColumnSummary[] {
  return run === undefined
    ? []
    : [...run.columns.values()].filter((t) => t.quantity === quantity && t.layer === null);
}

function highest(figure: CurveFigure, quantity: ColumnSummary["quantity"]): number {
  const peaks = figure.columns.flatMap(({ run }) =>
    plainTraces(run, quantity).map((t) => t.peak?.value ?? 0),
  );
  return Math.max(...peaks) * 1.05 || 1;
}

/**
 * The places that a panel from 0 to `max` shows, with one neighbour on either side so that lines leave it where they do;
 * NaN for all others. What lies wholly outside is not drawn: resvg, which makes the PNGs, aborts on some of it.
 */
function inReach(places: readonly number[], max: number): readonly number[] {
  const shown = (i: number) => (places[i] ?? Number.NaN) >= 0 && (places[i] ?? Number.NaN) <= max;
  // Three times the limit is as good as farther away, and shorter.
  return places.map((y, i) => (shown(i - 1) || shown(i) || shown(i + 1) ? Math.min(y, 3 * max) : Number.NaN));
}
