import * as Plot from "@observablehq/plot";
import type { RunSummary } from "../../analysis/run-summary.js";
import type { CurveScale } from "../layout/curve-scale.js";
import type { SeriesStyle } from "../layout/palette.js";
import { shortNumber } from "../layout/scales.js";
import type { CurveColumns, FacetCurve } from "./curve-data.js";

/** A peak above the facet. */
interface ClippedPeak {
  readonly column: string;
  readonly loss: string;
  readonly step: number;
  readonly value: number;
}

/** The size in px of a peak's label. */
const label = { width: 36, height: 12 };

/** More labels than this would hide the curves. */
const mostLabelLevels = 4;

/**
 * Returns a label at the top of the facet for every curve whose highest value lies above it: a triangle and the value.
 * Labels that would overlap are stacked, the highest value on top.
 */
export function clippedPeakMarks(
  curves: readonly FacetCurve[],
  styles: ReadonlyMap<string, SeriesStyle>,
  scale: CurveScale,
  lastStep: number,
  pxPerStep: number,
): readonly Plot.Markish[] {
  const placed: { readonly peak: ClippedPeak; readonly level: number }[] = [];
  for (const peak of clippedPeaks(curves, scale).toSorted((a, b) => b.value - a.value)) {
    const near = placed.filter(
      (other) =>
        other.peak.column === peak.column && Math.abs(other.peak.step - peak.step) * pxPerStep < label.width,
    );
    const level = [...Array(mostLabelLevels).keys()].find((free) =>
      near.every((other) => other.level !== free),
    );
    if (level !== undefined) {
      placed.push({ peak, level });
    }
  }
  return placed.flatMap(({ peak, level }) => {
    const place = {
      x: [peak.step],
      fx: [peak.column],
      frameAnchor: "top" as const,
      dy: 7 + level * label.height,
    };
    const color = styles.get(peak.loss)?.color ?? "currentColor";
    // The label stands right of the peak, or left of it at the right end of the facet.
    const side = (lastStep - peak.step) * pxPerStep < label.width ? -1 : 1;
    return [
      Plot.dot([peak], { ...place, r: 2.6, symbol: "triangle", fill: color, dx: 3 * side }),
      Plot.text([peak], {
        ...place,
        text: [shortNumber(peak.value)],
        textAnchor: side < 0 ? "end" : "start",
        dx: 8 * side,
        fill: color,
        stroke: "#fff",
        strokeWidth: 5,
        fontSize: 10.5,
      }),
    ];
  });
}

function clippedPeaks(curves: readonly FacetCurve[], { high }: CurveScale): readonly ClippedPeak[] {
  return curves.flatMap(({ column, loss, points }) => {
    const first = points.find(({ y }) => Number.isFinite(y));
    if (first === undefined) {
      return [];
    }
    const { step, y: value } = points.reduce((best, point) => (point.y > best.y ? point : best), first);
    return value > high ? [{ column, loss, step, value }] : [];
  });
}

/** Returns a note in the facet of every run that holds NaN or Infinity, with the first step that does. */
export function brokenNotes(figure: CurveColumns): readonly Plot.Markish[] {
  return facetNotes(figure, "top-right", (runs) => {
    const broken = runs.flatMap((run) => {
      const steps = [...run.columns.values()].flatMap((column) => column.firstNonFinite ?? []);
      return steps.length === 0 ? [] : [Math.min(...steps)];
    });
    const share = runs.length > 1 ? ` (${broken.length} of ${runs.length} runs)` : "";
    return broken.length === 0 ? "" : `NaN from step ${Math.min(...broken)}${share}`;
  });
}

/** Returns a note in every facet whose accuracy never reaches the axis, with the best accuracy. */
export function lowAccuracyNotes(figure: CurveColumns, lowest: number): readonly Plot.Markish[] {
  return facetNotes(figure, "bottom-right", (runs) => {
    const best = Math.max(...runs.flatMap((run) => run.bestAccuracy?.value ?? []));
    return best < lowest && Number.isFinite(best) ? `accuracy < ${lowest},\nat best ${best.toFixed(3)}` : "";
  });
}

/**
 * Returns a note in every facet, or that none of its runs is finished. A facet without a note has an empty text, because
 * Plot draws a facet only where it has a mark.
 */
function facetNotes(
  { columns }: CurveColumns,
  frameAnchor: "top-right" | "bottom-right",
  noteOf: (runs: readonly RunSummary[]) => string,
): readonly Plot.Markish[] {
  const notes = columns.flatMap(({ value, runs }) =>
    runs.length === 0 ? [] : [{ value, text: noteOf(runs) }],
  );
  return [
    Plot.text(notes, {
      text: "text",
      fx: "value",
      frameAnchor,
      dx: -6,
      dy: frameAnchor === "top-right" ? 10 : -10,
      stroke: "#fff",
      fill: "currentColor",
    }),
    Plot.text(
      columns.filter(({ runs }) => runs.length === 0),
      { text: () => "no finished run", fx: "value", frameAnchor: "middle", fillOpacity: 0.6 },
    ),
  ];
}
