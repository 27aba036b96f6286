import * as Plot from "@observablehq/plot";
import type { ColumnSummary, RunSummary } from "../../analysis/run-summary.js";
import type { SeriesStyle } from "../layout/palette.js";

/** Runs side by side: a column for each value of a key. */
export interface RunColumns {
  readonly key: string;
  readonly columns: readonly RunColumn[];
}

/** A column of a figure of runs; the run is undefined where it is not finished. */
export interface RunColumn {
  readonly value: string;
  readonly run: RunSummary | undefined;
}

/** Returns the curves of every loss's value or gradient norm, clipped at the top of their facet. */
export function curveMarks(
  { columns }: RunColumns,
  quantity: ColumnSummary["quantity"],
  styles: ReadonlyMap<string, SeriesStyle>,
  highest: number,
): readonly Plot.Markish[] {
  return [...styles].map(([loss, { color, dash }]) => {
    const curves = columns.flatMap(({ value, run }) => {
      const trace = wholeNetTraces(run, quantity).find((candidate) => candidate.loss === loss);
      return trace === undefined ? [] : [{ value, ...trace.curve }];
    });
    return Plot.line(
      { length: curves.reduce((sum, { steps }) => sum + steps.length, 0) },
      {
        x: curves.flatMap(({ steps }) => [...steps]),
        y: curves.flatMap(({ values }) => visibleParts([...values], highest)),
        fx: curves.flatMap(({ value, steps }) => Array<string>(steps.length).fill(value)),
        stroke: color,
        strokeWidth: quantity === "norm" ? 1.6 : 1.1,
        strokeDasharray: dash,
        clip: true,
      },
    );
  });
}

/** Returns the accuracy of every run as a line with dots where it was measured. `scale` maps it to the losses' axis. */
export function accuracyMarks(
  { columns }: RunColumns,
  scale: (accuracy: number) => number,
  highest: number,
): readonly Plot.Markish[] {
  const points = columns.flatMap(({ value, run }) => {
    const places = visibleParts([...(run?.accuracy.values ?? [])].map(scale), highest);
    return places.map((y, i) => ({ value, x: run?.accuracy.steps[i] ?? Number.NaN, y }));
  });
  const place = { x: "x", y: "y", fx: "value", clip: true } as const;
  return [
    Plot.line(points, { ...place, stroke: "#fff", strokeWidth: 4, strokeOpacity: 0.7 }),
    Plot.line(points, { ...place, stroke: "currentColor", strokeWidth: 1.6 }),
    Plot.dot(points, { ...place, r: 1.6, fill: "currentColor" }),
  ];
}

/** Returns a note in the facet of every run that holds NaN or Infinity, with the first step that does. */
export function brokenNotes(figure: RunColumns): readonly Plot.Markish[] {
  return facetNotes(figure, "top-right", (run) => {
    const broken = Math.min(...[...run.columns.values()].flatMap((trace) => trace.firstNonFinite ?? []));
    return Number.isFinite(broken) ? `NaN from step ${broken}` : "";
  });
}

/** Returns a note in the facet of every run whose accuracy never reaches the axis, with its best accuracy. */
export function lowAccuracyNotes(figure: RunColumns, lowest: number): readonly Plot.Markish[] {
  return facetNotes(figure, "bottom-right", (run) => {
    const best = run.bestAccuracy?.value ?? Number.NaN;
    return best < lowest ? `accuracy below ${lowest}, at best ${best.toFixed(3)}` : "";
  });
}

/**
 * Returns a note in every facet, or that its run is not finished. A run without a note has an empty text, because Plot
 * draws a facet only where it has a mark.
 */
function facetNotes(
  { columns }: RunColumns,
  frameAnchor: "top-right" | "bottom-right",
  noteOf: (run: RunSummary) => string,
): readonly Plot.Markish[] {
  const notes = columns.flatMap(({ value, run }) =>
    run === undefined ? [] : [{ value, text: noteOf(run) }],
  );
  return [
    Plot.text(notes, {
      text: "text",
      fx: "value",
      frameAnchor,
      dx: -10,
      dy: frameAnchor === "top-right" ? 10 : -10,
      stroke: "#fff",
      fill: "currentColor",
    }),
    Plot.text(
      columns.filter(({ run }) => run === undefined),
      { text: () => "no finished run", fx: "value", frameAnchor: "middle", fillOpacity: 0.6 },
    ),
  ];
}

/** Returns a run's traces of one quantity over the whole network, without those of single layers. */
export function wholeNetTraces(
  run: RunSummary | undefined,
  quantity: ColumnSummary["quantity"],
): readonly ColumnSummary[] {
  return [...(run?.columns.values() ?? [])].filter(
    (trace) => trace.quantity === quantity && typeof trace.layer !== "string",
  );
}

/**
 * Returns the values that a facet from 0 to `highest` shows, with one neighbor on either side so that lines leave the
 * facet where they should; NaN for the others, because resvg, which renders the PNGs, aborts on some far-away lines. For
 * the same reason a neighbor is moved to at most three times the limit.
 */
function visibleParts(values: readonly number[], highest: number): readonly number[] {
  const isVisible = (i: number) => (values[i] ?? Number.NaN) >= 0 && (values[i] ?? Number.NaN) <= highest;
  return values.map((y, i) =>
    isVisible(i - 1) || isVisible(i) || isVisible(i + 1) ? Math.min(y, 3 * highest) : Number.NaN,
  );
}
