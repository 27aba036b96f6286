import * as Plot from "@observablehq/plot";
import { keyLabel, valueLabel } from "../../analysis/labels.js";
import type { ColumnSummary } from "../../analysis/run-summary.js";
import { lossNames } from "../../study/losses.js";
import { type LegendEntry, renderLegend } from "../layout/legend.js";
import { type SeriesStyle, stylesOf } from "../layout/palette.js";
import { shortStep } from "../layout/scales.js";
import { lossText } from "../layout/series.js";
import type { CurveOptions } from "../options.js";
import { type Chart, type ChartPart, composeChart, ink, renderPlot } from "../svg/chart.js";
import {
  accuracyMarks,
  brokenNotes,
  curveMarks,
  lowAccuracyNotes,
  type RunColumns,
  wholeNetTraces,
} from "./curve-marks.js";

const facetWidth = 270;
const gap = 26;
const margins = { left: 72, right: 58 };

/** The right-hand axis of the study's figures. */
const accuracyAxis = { low: 0.9, high: 1.012, ticks: [0.9, 0.92, 0.94, 0.96, 0.98, 1] } as const;

const accuracyStyle: SeriesStyle = { color: ink, dash: "none", symbol: "circle" };

/** The study's figure: gradient norms above, losses below, with the accuracy on the losses' right-hand axis. */
export function runCurvesChart(figure: RunColumns, title: string, options: CurveOptions): Chart {
  const { limits, smoothing } = options;
  const styles = stylesOf("trained_loss", measuredLosses(figure));
  const width = margins.left + margins.right + figure.columns.length * (facetWidth + gap) - gap;
  const entries: LegendEntry[] = [...styles].map(([loss, style]) => ({
    text: lossText(loss),
    style,
    mark: "line",
  }));
  const accuracy: LegendEntry = { text: "accuracy (right-hand axis)", style: accuracyStyle, mark: "line" };
  const description = `Gradient norms (moving average of ${smoothing.norms} steps), losses (of ${smoothing.losses} steps) and accuracy over the steps; a column for each ${keyLabel(figure.key)}.`;
  return composeChart(title, description, [
    renderLegend({ lead: "", entries: [...entries, accuracy] }, width),
    normFacets(figure, styles, limits.norm ?? highestPeak(figure, "norm"), width, smoothing.norms),
    lossFacets(figure, styles, limits.loss ?? highestPeak(figure, "loss"), width, smoothing.losses),
  ]);
}

function normFacets(
  figure: RunColumns,
  styles: ReadonlyMap<string, SeriesStyle>,
  highest: number,
  width: number,
  window: number,
): ChartPart {
  return renderPlot({
    ...commonOptions(figure, width, 240, highest),
    marginTop: 30,
    marks: [
      ...backgroundMarks(`gradient norm${averageText(window)}`),
      Plot.axisX({ label: null, tickFormat: () => "", ticks: 5 }),
      Plot.axisFx({
        anchor: "top",
        label: null,
        tickFormat: (value) => valueLabel(figure.key, value),
        fontWeight: 600,
      }),
      ...curveMarks(figure, "norm", styles, highest),
      ...brokenNotes(figure),
    ],
  });
}

function lossFacets(
  figure: RunColumns,
  styles: ReadonlyMap<string, SeriesStyle>,
  highest: number,
  width: number,
  window: number,
): ChartPart {
  const { low, high, ticks } = accuracyAxis;
  const toLossScale = (accuracy: number) => (highest * (accuracy - low)) / (high - low);
  const toAccuracy = (y: number) => (y * (high - low)) / highest + low;
  return renderPlot({
    ...commonOptions(figure, width, 244, highest),
    marginTop: 12,
    marginBottom: 38,
    marks: [
      ...backgroundMarks(`loss${averageText(window)}`),
      Plot.axisX({ label: null, tickFormat: shortStep, ticks: 5 }),
      Plot.axisY(ticks.map(toLossScale), {
        anchor: "right",
        label: null,
        tickFormat: (y) => toAccuracy(y).toFixed(2),
      }),
      Plot.text(["accuracy"], {
        facet: "super",
        frameAnchor: "right",
        textAnchor: "middle",
        dx: 46,
        rotate: 90,
      }),
      Plot.text(["step"], { facet: "super", frameAnchor: "bottom", dy: 32 }),
      ...curveMarks(figure, "loss", styles, highest),
      ...accuracyMarks(figure, toLossScale, highest),
      ...lowAccuracyNotes(figure, low),
    ],
  });
}

function commonOptions(figure: RunColumns, width: number, height: number, highest: number) {
  const last = Math.max(1, ...figure.columns.map(({ run }) => run?.lastStep ?? 0));
  const first = Math.min(last - 1, ...figure.columns.map(({ run }) => run?.firstStep ?? last - 1));
  return {
    width,
    height,
    marginLeft: margins.left,
    marginRight: margins.right,
    x: { domain: [first, last] },
    y: { domain: [0, highest] },
    fx: {
      domain: figure.columns.map(({ value }) => value),
      paddingInner: gap / (facetWidth + gap),
      axis: null,
    },
  };
}

/** Returns the grid, the left-hand axis and its label, behind the curves. */
function backgroundMarks(label: string): readonly Plot.Markish[] {
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

function averageText(window: number): string {
  return window === 1 ? "" : `\naverage of ${window} steps`;
}

/** Returns the losses that any of the runs measured, in the order of the table of losses, then others. */
function measuredLosses({ columns }: RunColumns): readonly string[] {
  const traces = columns.flatMap(({ run }) => [
    ...wholeNetTraces(run, "loss"),
    ...wholeNetTraces(run, "norm"),
  ]);
  const measured = new Set(traces.map(({ loss }) => loss));
  return [...new Set([...lossNames, ...measured])].filter((loss) => measured.has(loss));
}

/** Returns the highest peak of a quantity with a margin above it. */
function highestPeak({ columns }: RunColumns, quantity: ColumnSummary["quantity"]): number {
  const peaks = columns.flatMap(({ run }) =>
    wholeNetTraces(run, quantity).map(({ peak }) => peak?.value ?? 0),
  );
  return Math.max(...peaks) * 1.05 || 1;
}
