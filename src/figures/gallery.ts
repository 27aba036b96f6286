import { drawAccuracy } from "./accuracy.js";
import { type Axis, axesOf, grouped, type Keys, varying } from "./axes.js";
import { type CurveFigure, drawCurves, type Limits } from "./curves.js";
import type { Digest, Smoothing } from "./digest.js";
import type { Drawing } from "./drawing.js";
import { drawEffects } from "./effects.js";
import type { FigureKind } from "./kinds.js";
import { drawLayers, layersOf } from "./layers.js";
import { colourAxis } from "./layout.js";
import { drawLearning } from "./learning.js";
import { drawAccuracyAgainst, drawNorms } from "./response.js";
import { fileWords, keysWords, keyWords } from "./words.js";

/** A figure that a set of runs gives, not drawn yet. */
export interface Figure {
  readonly kind: FigureKind;
  /** A file's name without its ending. */
  readonly name: string;
  readonly title: string;
  /** The runs that it shows. */
  readonly runs: readonly Digest[];
  readonly draw: () => Drawing;
}

/** How figures of curves are drawn. */
export interface CurveOptions {
  readonly limits: Limits;
  readonly smoothing: Smoothing;
}

/** Every figure of the runs, summaries first. What varies among the runs decides which there are. */
export function galleryOf(runs: readonly Digest[], options: CurveOptions): readonly Figure[] {
  return [...(runs.length > 1 ? summaries(runs) : []), ...runFigures(runs, options)];
}

function summaries(runs: readonly Digest[]): readonly Figure[] {
  const axes = varying(axesOf(runs));
  const numeric = axes.filter((axis) => axis.numeric);
  const figure = (
    kind: FigureKind,
    name: string,
    words: string,
    draw: (title: string) => Drawing,
  ): Figure => {
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
        `Final accuracy against ${keyWords(axis.key)}`,
        (title) => drawAccuracyAgainst(runs, axis, title),
      ),
    ),
    ...numeric.map((axis) =>
      figure(
        "norms",
        `norms-against-${dashed(axis)}`,
        `Gradient norm against ${keyWords(axis.key)}`,
        (title) => drawNorms(runs, axis, title),
      ),
    ),
    ...(hasPairs(runs) ? axes : []).map((axis) =>
      figure(
        "effects",
        `effects-of-${dashed(axis)}`,
        `Effect of ${keyWords(axis.key)} on the gradient norms`,
        (title) => drawEffects(runs, axis, title),
      ),
    ),
    ...(layersOf(runs).length > 0
      ? [figure("layers", "layers", "Gradient norm of each layer", (title) => drawLayers(runs, title))]
      : []),
  ];
}

/** The study's figures: one for each run number of each cell but for the trained loss, which makes the columns. */
function runFigures(runs: readonly Digest[], { limits, smoothing }: CurveOptions): readonly Figure[] {
  const axes = axesOf(runs);
  const columns =
    colourAxis(varying(axes)) ?? axes.find((axis) => axis.key === "trained_loss") ?? axes.at(-1);
  const names = axes.map((axis) => axis.key).filter((key) => key !== columns?.key);
  return grouped(runs, names).flatMap((cells) => {
    const numbers = [...new Set(cells.map((run) => run.run))].toSorted((a, b) => a - b);
    return numbers.map((number) => runFigure(cells, number, names, columns, { limits, smoothing }));
  });
}

function runFigure(
  cells: readonly Digest[],
  number: number,
  names: readonly string[],
  columns: Axis | undefined,
  { limits, smoothing }: CurveOptions,
): Figure {
  const runs = cells.filter((run) => run.run === number);
  const keys: Keys = runs[0]?.keys ?? new Map();
  const title = capital([keysWords(keys, names), `run ${number}`].filter((part) => part !== "").join(", "));
  const values = columns?.values ?? [""];
  const figure: CurveFigure = {
    title,
    key: columns?.key ?? "",
    columns: values.map((value) => ({
      value,
      run: columns === undefined ? runs[0] : runs.find((run) => run.keys.get(columns.key) === value),
    })),
  };
  const name = [fileWords(keys, names), `run-${number}`].filter((part) => part !== "").join("-");
  return { kind: "runs", name, title, runs, draw: () => drawCurves(figure, limits, smoothing) };
}

function hasPairs(runs: readonly Digest[]): boolean {
  return new Set(runs.map((run) => run.run)).size > 1;
}

/** What all runs share, to be told once in a title. */
function inCommon(runs: readonly Digest[]): string {
  const fixed = axesOf(runs).filter((axis) => axis.values.length === 1);
  const words = keysWords(
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
