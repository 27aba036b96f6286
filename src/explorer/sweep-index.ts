import { type Axis, axesOf, groupByKeys, type Keys } from "../analysis/axes.js";
import type { Finding } from "../analysis/findings/findings.js";
import { parseMeasuredColumn } from "../analysis/input/columns.js";
import { fileNamePart, keyLabel, tickLabel, valueLabel } from "../analysis/labels.js";
import { type Curve, downsample } from "../analysis/stats/downsample.js";
import { createSlugger } from "../config/file-slug.js";
import { darkColors, type SeriesStyle, stylesOf } from "../figures/layout/palette.js";
import { convergedAccuracy } from "../results/run-metrics.js";
import type {
  IndexAxis,
  IndexCell,
  IndexColumn,
  IndexLink,
  IndexRun,
  IndexState,
  LineStyle,
  SweepIndex,
  SweepProgress,
} from "./model.js";

/** What is known of a run, finished or not. */
export interface RunFacts {
  /** The same key columns for all runs, without `run`. */
  readonly keys: Keys;
  readonly repetition: number;
  readonly state: IndexState;
  readonly rows: number;
  readonly plannedRows: number | undefined;
  readonly firstStep: number;
  readonly lastStep: number;
  /** The accuracy where it was measured. */
  readonly accuracy: Curve;
  readonly finalAccuracy: number | undefined;
  readonly bestAccuracy: number | undefined;
  readonly convergedStep: number | undefined;
  readonly warnings: readonly string[];
  readonly csv: IndexLink | undefined;
  readonly command: string | undefined;
}

/** What an index is made of. */
export interface SweepFacts {
  readonly title: string;
  readonly runs: readonly RunFacts[];
  /** The columns of the CSVs that are no keys and not the step, of all runs together. */
  readonly columns: readonly string[];
  readonly findings: readonly Finding[];
  readonly revision?: number;
  readonly progress?: SweepProgress;
}

/** Intervals of the steps in which the accuracies in an index keep their extremes. */
const accuracyIntervals = 128;

/** Returns the index of runs, which must be in the order of the grid. */
export function createSweepIndex({
  title,
  runs,
  columns,
  findings,
  revision,
  progress,
}: SweepFacts): SweepIndex {
  const axes = axesOf(runs);
  const names = axes.map(({ key }) => key);
  const uniqueSlug = createSlugger();
  const groups = groupByKeys(runs, names).map((group) => {
    const keys: Keys = group[0]?.keys ?? new Map();
    return { id: uniqueSlug(fileNamePart(keys, names)), keys, runs: group };
  });
  const order = groups.flatMap(({ runs: group }) => group);
  const indices = new Map(order.map((run, i) => [run, i]));
  return {
    revision: revision ?? 0,
    title,
    convergedAccuracy,
    axes: axes.map(indexAxis),
    columns: indexColumns(columns),
    cells: groups.map(
      ({ id, keys, runs: group }): IndexCell => ({
        id,
        values: axes.map(({ key, values }) => values.indexOf(keys.get(key) ?? "")),
        runs: group.map((run) => indices.get(run) ?? 0),
      }),
    ),
    runs: groups.flatMap(({ id, runs: group }, cell) => group.map((run) => createIndexRun(run, id, cell))),
    findings,
    ...(progress !== undefined && { progress }),
  };
}

/** Returns a run as it stands in an index or an update. `cellId` and `cell` are the id and the index of its cell. */
export function createIndexRun(run: RunFacts, cellId: string, cell: number): IndexRun {
  const { repetition, state, rows, plannedRows, firstStep, lastStep, warnings, csv, command } = run;
  const { steps, values } = downsample(run.accuracy.steps, run.accuracy.values, accuracyIntervals);
  const finite = Array.from(steps.keys()).filter((i) => Number.isFinite(values[i]));
  return {
    id: `${cellId}.${repetition}`,
    cell,
    repetition,
    state,
    rows,
    ...definedOf({ plannedRows }),
    firstStep,
    lastStep,
    accuracy: { steps: finite.map((i) => steps[i] ?? 0), values: finite.map((i) => values[i] ?? 0) },
    ...definedOf({
      finalAccuracy: run.finalAccuracy,
      bestAccuracy: run.bestAccuracy,
      convergedStep: run.convergedStep,
    }),
    warnings,
    ...(csv !== undefined && { csv }),
    ...(command !== undefined && { command }),
  };
}

/** Returns the numbers that are finite, which JSON can hold. */
function definedOf<Name extends string>(
  numbers: Readonly<Record<Name, number | undefined>>,
): { readonly [Key in Name]?: number } {
  const defined = Object.entries(numbers).filter(([, number]) => Number.isFinite(number));
  return Object.fromEntries(defined) as { readonly [Key in Name]?: number };
}

function indexAxis({ key, values }: Axis): IndexAxis {
  const styles = stylesOf(key, values);
  return {
    key,
    label: keyLabel(key),
    values: values.map((text) => ({
      text,
      label: tickLabel(key, text),
      name: valueLabel(key, text),
      ...lineStyle(styles.get(text)),
    })),
  };
}

/** Returns the columns in their order. A loss has the same style in every group. */
function indexColumns(names: readonly string[]): readonly IndexColumn[] {
  const measured = names.flatMap((name) => parseMeasuredColumn(name) ?? []);
  const losses = stylesOf("trained_loss", [...new Set(measured.map(({ loss }) => loss))]);
  const measures = names.filter((name) => parseMeasuredColumn(name) === undefined);
  const measureStyles = stylesOf("measure", measures);
  return names.map((name): IndexColumn => {
    const column = parseMeasuredColumn(name);
    if (column === undefined) {
      return { name, group: "measure", label: name, ...lineStyle(measureStyles.get(name)) };
    }
    const { quantity, loss, layer } = column;
    return {
      name,
      group: layer === undefined ? quantity : "layer norm",
      label: loss,
      ...(layer !== undefined && { layer }),
      ...lineStyle(losses.get(loss)),
    };
  });
}

function lineStyle(style: SeriesStyle | undefined): LineStyle {
  const light = style?.color ?? "#59636e";
  const dash = style === undefined || style.dash === "none" ? [] : style.dash.split(" ").map(Number);
  return { light, dark: darkColors.get(light) ?? light, dash };
}
