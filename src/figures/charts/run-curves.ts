import * as Plot from "@observablehq/plot";
import { keyLabel, valueLabel } from "../../analysis/labels.js";
import { stepTicks } from "../layout/axes.js";
import { type CurveScale, linearCurveScale, logCurveScale } from "../layout/curve-scale.js";
import { bandsOf, type FacetFit, fitFacets } from "../layout/fit.js";
import { type ChartLegend, renderLegend } from "../layout/legend.js";
import { type SeriesStyle, stylesOf } from "../layout/palette.js";
import { shortStep } from "../layout/scales.js";
import { lossText } from "../layout/series.js";
import type { FigureOptions } from "../options.js";
import { type Chart, type ChartPart, composeChart, ink, referenceColor, renderPlot } from "../svg/chart.js";
import { boldFactor, fontSize, wrapText } from "../svg/text.js";
import {
  accuracyPoints,
  type CurveColumns,
  type FacetCurve,
  facetCurves,
  measuredLosses,
} from "./curve-data.js";
import { brokenNotes, clippedPeakMarks, lowAccuracyNotes } from "./curve-labels.js";
import { accuracyMarks, curveMarks } from "./curve-marks.js";

const preferredFacetWidth = 270;
const margins = { left: 72, right: 58, gap: 24 };

/** The left margin of logarithmic axes, whose tick labels are longer. */
const logLeftMargin = 82;

/** The right-hand axis of the study's figures. */
const accuracyAxis = { low: 0.9, high: 1.012, ticks: [0.9, 0.92, 0.94, 0.96, 0.98, 1] } as const;

/** All that the facets of a figure share. */
interface CurveFigure {
  readonly content: CurveColumns;
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  readonly fit: FacetFit;
  /** The left margin in px. */
  readonly left: number;
  readonly norm: Quantity;
  readonly loss: Quantity;
  readonly steps: readonly [first: number, last: number];
}

/** The curves of one quantity in all facets. */
interface Quantity {
  readonly label: string;
  readonly curves: readonly FacetCurve[];
  readonly scale: CurveScale;
}

/**
 * Draws the study's figure: gradient norms above, losses below, with the accuracy on the losses' right-hand axis. A column
 * with several runs shows their median and their range.
 */
export function runCurvesChart(content: CurveColumns, title: string, options: FigureOptions): Chart {
  const { smoothing, chart } = options;
  const figure = curveFigure(content, options);
  const bands = bandsOf(content.columns, figure.fit.perBand).map((columns) => ({ ...content, columns }));
  const description = `Gradient norms (moving average of ${smoothing.norms} steps), losses (of ${smoothing.losses} steps) and accuracy over the steps; a column for each ${keyLabel(content.key)}.`;
  return composeChart(
    title,
    description,
    [
      ...(chart.legend ? [renderLegend(curveLegend(figure), figure.fit.width)] : []),
      ...bands.flatMap((band, i) => [
        normFacets(band, figure),
        lossFacets(band, figure, i === bands.length - 1),
      ]),
    ],
    chart,
  );
}

function curveFigure(content: CurveColumns, { limits, smoothing, log, chart }: FigureOptions): CurveFigure {
  const runs = content.columns.flatMap((column) => column.runs);
  const last = Math.max(1, ...runs.map((run) => run.lastStep));
  const first = Math.min(last - 1, ...runs.map((run) => run.firstStep));
  const left = log ? logLeftMargin : margins.left;
  const fit = fitFacets(content.columns.length, preferredFacetWidth, { ...margins, left }, chart);
  const quantity = (name: "norm" | "loss", label: string, window: number): Quantity => {
    const curves = facetCurves(content, name, fit.facetWidth);
    const values = curves.flatMap(({ points }) =>
      points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]),
    );
    const highest = values.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0) * 1.05 || 1;
    const scale = log ? logCurveScale(values, limits[name]) : linearCurveScale(limits[name] ?? highest);
    return { label: `${label}${window === 1 ? "" : `\naverage of ${window} steps`}`, curves, scale };
  };
  return {
    content,
    styles: stylesOf("trained_loss", measuredLosses(content)),
    fit,
    left,
    norm: quantity("norm", "gradient norm", smoothing.norms),
    loss: quantity("loss", "loss", smoothing.losses),
    steps: [first, last],
  };
}

/** Returns the legend of what is drawn: losses, the trained loss, accuracy, and the range of several runs. */
function curveLegend({ content, styles, norm, loss }: CurveFigure): ChartLegend {
  const curves = [...norm.curves, ...loss.curves];
  const drawn = new Set(curves.map((curve) => curve.loss));
  const counts = content.columns.map(({ runs }) => runs.length).filter((count) => count > 0);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const accuracies = content.columns.flatMap(({ runs }) => accuracyPoints(runs));
  const plain = (color: string): SeriesStyle => ({ color, dash: "none", symbol: "circle" });
  return {
    lead: "",
    entries: [
      ...[...styles]
        .filter(([name]) => drawn.has(name))
        .map(([name, style]) => ({ text: lossText(name), style, mark: "line" as const })),
      ...(curves.some((curve) => curve.isTrained)
        ? [{ text: "the trained loss", style: plain(referenceColor), mark: "thick line" as const }]
        : []),
      ...(accuracies.some(({ y }) => y >= accuracyAxis.low)
        ? [{ text: "accuracy (right-hand axis)", style: plain(ink), mark: "line" as const }]
        : []),
      ...(most > 1
        ? [
            {
              text: `lowest to highest of ${fewest === most ? most : `${fewest} to ${most}`} runs, line: median`,
              style: plain(referenceColor),
              mark: "band" as const,
            },
          ]
        : []),
    ],
  };
}

function normFacets(band: CurveColumns, figure: CurveFigure): ChartPart {
  const { norm, styles, fit } = figure;
  const headings = band.columns.map(({ value }) =>
    wrapText(valueLabel(band.key, value), fit.facetWidth, fontSize * boldFactor).join("\n"),
  );
  const lines = Math.max(1, ...headings.map((heading) => heading.split("\n").length));
  const extra = (lines - 1) * 13;
  const curves = ofBand(norm.curves, band);
  return renderPlot({
    ...commonOptions(band, figure, 240 + extra, norm.scale),
    marginTop: 30 + extra,
    marks: [
      ...backgroundMarks(norm, figure.left),
      Plot.axisX({ label: null, tickFormat: () => "", ticks: stepTicks(fit.facetWidth) }),
      Plot.text(headings, {
        fx: band.columns.map(({ value }) => value),
        text: headings,
        frameAnchor: "top",
        lineAnchor: "bottom",
        dy: -8,
        fontWeight: 600,
      }),
      ...curveMarks(curves, styles, { plain: 1.3, trained: 2.4 }, norm.scale),
      ...clippedPeakMarks(curves, styles, norm.scale, ...stepPixels(figure)),
      ...brokenNotes(band),
    ],
  });
}

function lossFacets(band: CurveColumns, figure: CurveFigure, isLast: boolean): ChartPart {
  const { loss, styles, fit } = figure;
  const { low, high, ticks } = accuracyAxis;
  const toLossScale = (accuracy: number) => loss.scale.at((accuracy - low) / (high - low));
  const labels = new Map(ticks.map((tick) => [toLossScale(tick), tick.toFixed(2)]));
  const curves = ofBand(loss.curves, band);
  return renderPlot({
    ...commonOptions(band, figure, 244, loss.scale),
    marginTop: 12,
    marginBottom: 38,
    marks: [
      ...backgroundMarks(loss, figure.left),
      Plot.axisX({ label: null, tickFormat: shortStep, ticks: stepTicks(fit.facetWidth) }),
      Plot.axisY([...labels.keys()], {
        anchor: "right",
        label: null,
        text: (y: number) => labels.get(y) ?? "",
      }),
      Plot.text(["accuracy"], {
        facet: "super",
        frameAnchor: "right",
        textAnchor: "middle",
        dx: 46,
        rotate: 90,
      }),
      ...(isLast ? [Plot.text(["step"], { facet: "super", frameAnchor: "bottom", dy: 32 })] : []),
      ...curveMarks(curves, styles, { plain: 0.9, trained: 1.5 }, loss.scale),
      ...accuracyMarks(band, toLossScale, loss.scale),
      ...clippedPeakMarks(curves, styles, loss.scale, ...stepPixels(figure)),
      ...lowAccuracyNotes(band, low),
    ],
  });
}

function ofBand(curves: readonly FacetCurve[], { columns }: CurveColumns): readonly FacetCurve[] {
  return curves.filter((curve) => columns.some(({ value }) => value === curve.column));
}

function stepPixels({
  fit,
  steps: [first, last],
}: CurveFigure): readonly [lastStep: number, pxPerStep: number] {
  return [last, fit.facetWidth / (last - first)];
}

function commonOptions(
  band: CurveColumns,
  { fit, left, steps }: CurveFigure,
  height: number,
  scale: CurveScale,
) {
  return {
    width: fit.width,
    height,
    marginLeft: left,
    marginRight: fit.rightMargin(band.columns.length),
    x: { domain: steps },
    y: scale.options,
    fx: {
      domain: band.columns.map(({ value }) => value),
      paddingInner: margins.gap / (fit.facetWidth + margins.gap),
      axis: null,
    },
  };
}

/** Returns the grid, the left-hand axis and its label, behind the curves. */
function backgroundMarks(
  { label, scale: { ticks, tickFormat } }: Quantity,
  left: number,
): readonly Plot.Markish[] {
  const format = tickFormat === undefined ? {} : { text: tickFormat };
  return [
    Plot.gridY({ strokeOpacity: 0.12, ticks: ticks as number }),
    Plot.axisY({ label: null, ticks: ticks as number, ...format }),
    Plot.frame({ strokeOpacity: 0.35 }),
    Plot.text([label], {
      facet: "super",
      frameAnchor: "left",
      textAnchor: "middle",
      dx: 20 - left,
      rotate: -90,
      lineAnchor: "middle",
    }),
  ];
}
