import { type Axis, axesOf, groupByKeys, type Keys, pairedAxes, varyingAxes } from "../analysis/axes.js";
import { finalMeasures } from "../analysis/cell-summary.js";
import { capitalized, fileNamePart, keyLabel, keysLabel } from "../analysis/labels.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { createSlugger } from "../config/file-slug.js";
import { exitCode, SeglossError } from "../errors.js";
import { measures } from "../study/measures.js";
import { pluralize } from "../terminal/messages.js";
import { accuracyChart } from "./charts/accuracy.js";
import type { CurveColumns } from "./charts/curve-data.js";
import { effectsChart } from "./charts/effects.js";
import { layerNormsChart, layersIn } from "./charts/layer-norms.js";
import { learningChart } from "./charts/learning.js";
import { accuracyAgainstChart, normsAgainstChart } from "./charts/response.js";
import { runCurvesChart } from "./charts/run-curves.js";
import { colorAxis } from "./layout/facets.js";
import type { ChartOptions, FigureKind, FigureOptions } from "./options.js";
import type { Chart } from "./svg/chart.js";

/** A figure that can be drawn from a set of runs. */
export interface Figure {
  readonly kind: FigureKind;
  /** Its file's name without the extension: a slug that no other figure of the list has. */
  readonly name: string;
  readonly title: string;
  /** The runs that it shows. */
  readonly runs: readonly RunSummary[];
  readonly draw: () => Chart;
}

/**
 * Returns every figure of the runs, summaries first. Which there are depends on the axes that vary. Names are made of the
 * CSVs' columns and values, so they are made safe and unique here.
 */
export function listFigures(runs: readonly RunSummary[], options: FigureOptions): readonly Figure[] {
  const uniqueSlug = createSlugger();
  const figures = [
    ...(runs.length > 1 ? summaryFigures(runs, options.chart) : []),
    ...curveFigures(runs, options),
  ];
  return figures.map((figure) => ({ ...figure, name: uniqueSlug(figure.name) }));
}

/** Throws SeglossError if an axis has so many values that drawing would take minutes and show nothing. */
export function refuseTooManyValues(runs: readonly RunSummary[]): void {
  const axis = axesOf(runs).find(({ values }) => values.length > maxValues);
  if (axis !== undefined) {
    throw new SeglossError(
      `${keyLabel(axis.key)} has ${axis.values.length} values; at most ${maxValues} are drawn: choose some with --only`,
      { exitCode: exitCode.usage },
    );
  }
}

/** Values of one axis, each of which is a color, a panel or a position. */
const maxValues = 400;

function summaryFigures(runs: readonly RunSummary[], options: ChartOptions): readonly Figure[] {
  const axes = varyingAxes(axesOf(runs));
  const numericAxes = axes.filter((axis) => axis.numeric);
  const suffix = commonText(runs);
  const figure = (kind: FigureKind, name: string, text: string, chart: (title: string) => Chart): Figure => ({
    kind,
    name,
    title: text + suffix,
    runs,
    draw: () => chart(text + suffix),
  });
  return [
    figure("accuracy", "accuracy", "Accuracy at the end of every run", (title) =>
      accuracyChart(runs, title, options),
    ),
    figure("learning", "learning", "Accuracy over the steps", (title) => learningChart(runs, title, options)),
    ...[...finalMeasures(runs).keys()].map((name) =>
      figure("learning", `learning-${name}`, `${capitalized(measures[name].title)} over the steps`, (title) =>
        learningChart(runs, title, options, name),
      ),
    ),
    ...numericAxes.map((axis) =>
      figure(
        "against",
        `accuracy-against-${dashed(axis)}`,
        `Final accuracy against ${keyLabel(axis.key)}`,
        (title) => accuracyAgainstChart(runs, axis, title, options),
      ),
    ),
    ...numericAxes.map((axis) =>
      figure(
        "norms",
        `norms-against-${dashed(axis)}`,
        `Gradient norm against ${keyLabel(axis.key)}`,
        (title) => normsAgainstChart(runs, axis, title, options),
      ),
    ),
    ...(hasRepetitions(runs) ? pairedAxes(runs) : []).map((axis) =>
      figure(
        "effects",
        `effects-of-${dashed(axis)}`,
        `Effect of ${keyLabel(axis.key)} on the gradient norms`,
        (title) => effectsChart(runs, axis, title, options),
      ),
    ),
    ...(layersIn(runs).length > 0
      ? [
          figure("layers", "layers", "Gradient norm of each layer", (title) =>
            layerNormsChart(runs, title, options),
          ),
        ]
      : []),
  ];
}

/**
 * Returns the study's figures, with the trained losses side by side: for each setting the median of its repetitions where
 * it has several, then each repetition.
 */
function curveFigures(runs: readonly RunSummary[], options: FigureOptions): readonly Figure[] {
  const axes = axesOf(runs);
  const columns =
    colorAxis(varyingAxes(axes)) ?? axes.find((axis) => axis.key === "trained_loss") ?? axes.at(-1);
  const names = axes.map((axis) => axis.key).filter((key) => key !== columns?.key);
  return groupByKeys(runs, names).flatMap((setting) => {
    const repetitions = groupByRepetition(setting);
    const keys: Keys = setting[0]?.keys ?? new Map();
    const figure = (kind: FigureKind, part: string, label: string, shown: readonly RunSummary[]): Figure => {
      const title = capitalized(joined(", ", keysLabel(keys, names), label));
      const content = curveColumns(shown, columns);
      return {
        kind,
        name: joined("-", fileNamePart(keys, names), part),
        title,
        runs: shown,
        draw: () => runCurvesChart(content, title, options),
      };
    };
    return [
      ...(repetitions.length > 1
        ? [figure("median", "median", `median of ${pluralize(repetitions.length, "run")}`, setting)]
        : []),
      ...repetitions.map(([number, shown]) => figure("runs", `run-${number}`, `run ${number}`, shown)),
    ];
  });
}

/** Returns the runs of each repetition, in the order of their numbers. */
function groupByRepetition(
  runs: readonly RunSummary[],
): readonly (readonly [number, readonly RunSummary[]])[] {
  const groups = new Map<number, RunSummary[]>();
  for (const run of runs) {
    const group = groups.get(run.run);
    if (group === undefined) {
      groups.set(run.run, [run]);
    } else {
      group.push(run);
    }
  }
  return [...groups].toSorted(([a], [b]) => a - b);
}

function curveColumns(runs: readonly RunSummary[], columns: Axis | undefined): CurveColumns {
  return {
    key: columns?.key ?? "",
    columns: (columns?.values ?? [""]).map((value) => ({
      value,
      runs: runs.filter((run) => columns === undefined || run.keys.get(columns.key) === value),
    })),
  };
}

/** Paired differences, and so the figures of effects, need more than one run of a cell. */
function hasRepetitions(runs: readonly RunSummary[]): boolean {
  return new Set(runs.map((run) => run.run)).size > 1;
}

/** Returns the values that all runs share, for the end of a title. */
function commonText(runs: readonly RunSummary[]): string {
  const fixed = axesOf(runs).filter((axis) => axis.values.length === 1);
  const keys: Keys = runs[0]?.keys ?? new Map();
  const text = keysLabel(
    keys,
    fixed.map((axis) => axis.key),
  );
  return text === "" ? "" : `: ${text}`;
}

function dashed(axis: Axis): string {
  return axis.key.replaceAll("_", "-");
}

function joined(separator: string, ...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(separator);
}
