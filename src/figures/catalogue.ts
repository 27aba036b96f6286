import { type Axis, axesOf, groupByKeys, type Keys, varyingAxes } from "../analysis/axes.js";
import { fileNamePart, keyLabel, keysLabel } from "../analysis/labels.js";
import type { RunSummary, Smoothing } from "../analysis/run-summary.js";
import { drawAccuracy } from "./charts/accuracy.js";
import { drawEffects } from "./charts/effects.js";
import { drawLayers, layersIn } from "./charts/layer-norms.js";
import { drawLearning } from "./charts/learning-curves.js";
import { drawAccuracyAgainst, drawNorms } from "./charts/response.js";
import { type CurveFigure, drawCurves, type Limits } from "./charts/run-curves.js";
import type { FigureKind } from "./kinds.js";
import { colourAxis } from "./layout/facets.js";
import type { Chart } from "./svg/chart.js";

/** A figure that a set of runs gives, not drawn yet. */
export interface Figure {
  readonly kind: FigureKind;
  /** A file's name without its ending. */
  readonly name: string;
  readonly title: string;
  /** The runs that it shows. */
  readonly runs: readonly RunSummary[];
  readonly draw: () => Chart;
}

/** How figures of curves are drawn. */
export interface CurveOptions {
  readonly limits: Limits;
  readonly smoothing: Smoothing;
}

/** Every figure of the runs, summaries first. What varies among the runs decides which there are. */
export function listFigures(runs: readonly RunSummary[], options: CurveOptions): readonly Figure[] {
  return [...(runs.length > 1 ? summaries(runs) : []), ...runFigures(runs, options)];
}

function summaries(runs: readonly RunSummary[]): readonly Figure[] {
  const axes = varyingAxes(axesOf(runs));
  const numeric = axes.filter((axis) => axis.numeric);
  const figure = (kind: FigureKind, name: string, words: string, draw: (title: string) => Chart): Figure => {
    const title = words + inCommon(runs);
    return { kind, name, title, runs, draw: () => draw(title) };
  };
  return [
    figure("accuracy", "accuracy", "Accuracy at the end of every run", (title) => drawAccuracy(runs, title)),
    figure("learning", "learning", "Accuracy over the steps", (title) => drawLearning(runs, title)),
    ...numeric.map((axis) =>
      figure(
        "against",
        `accuracy-against-${dashed(axis)}`,
        `Final accuracy against ${keyLabel(axis.key)}`,
        (title) => drawAccuracyAgainst(runs, axis, title),
      ),
    ),
    ...numeric.map((axis) =>
      figure(
        "norms",
        `norms-against-${dashed(axis)}`,
        `Gradient norm against ${keyLabel(axis.key)}`,
        (title) => drawNorms(runs, axis, title),
      ),
    ),
    ...(hasPairs(runs) ? axes : []).map((axis) =>
      figure(
        "effects",
        `effects-of-${dashed(axis)}`,
        `Effect of ${keyLabel(axis.key)} on the gradient norms`,
        (title) => drawEffects(runs, axis, title),
      ),
    ),
    ...(layersIn(runs).length > 0
      ? [figure("layers", "layers", "Gradient norm of each layer", (title) => drawLayers(runs, title))]
      : []),
  ];
}

/** The study's figures: one for each run number of each cell but for the trained loss, which makes the columns. */
function runFigures(runs: readonly RunSummary[], { limits, smoothing }: CurveOptions): readonly Figure[] {
  const axes = axesOf(runs);
  const columns =
    colourAxis(varyingAxes(axes)) ?? axes.find((axis) => axis.key === "trained_loss") ?? axes.at(-1);
  const names = axes.map((axis) => axis.key).filter((key) => key !== columns?.key);
  return groupByKeys(runs, names).flatMap((cells) => {
    const numbers = [...new Set(cells.map((run) => run.run))].toSorted((a, b) => a - b);
    return numbers.map((number) => runFigure(cells, number, names, columns, { limits, smoothing }));
  });
}

function runFigure(
  cells: readonly RunSummary[],
  number: number,
  names: readonly string[],
  columns: Axis | undefined,
  { limits, smoothing }: CurveOptions,
): Figure {
  const runs = cells.filter((run) => run.run === number);
  const keys: Keys = runs[0]?.keys ?? new Map();
  const title = capital([keysLabel(keys, names), `run ${number}`].filter((part) => part !== "").join(", "));
  const values = columns?.values ?? [""];
  const figure: CurveFigure = {
    title,
    key: columns?.key ?? "",
    columns: values.map((value) => ({
      value,
      run: columns === undefined ? runs[0] : runs.find((run) => run.keys.get(columns.key) === value),
    })),
  };
  const name = [fileNamePart(keys, names), `run-${number}`].filter((part) => part !== "").join("-");
  return { kind: "runs", name, title, runs, draw: () => drawCurves(figure, limits, smoothing) };
}

function hasPairs(runs: readonly RunSummary[]): boolean {
  return new Set(runs.map((run) => run.run)).size > 1;
}

/** What all runs share, to be told once in a title. */
function inCommon(runs: readonly RunSummary[]): string {
  const fixed = axesOf(runs).filter((axis) => axis.values.length === 1);
  const words = keysLabel(
    runs[0]?.keys ?? new Map(),
    fixed.map((axis) => axis.key),
  );
  return words === "" ? "" : `: ${words}`;
}

function dashed(axis: Axis): string {
  return axis.key.replaceAll("_", "-");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
