/** Pixels of all validation images together, by predicted and true class; the positive class is the foreground. */
export interface ForegroundCounts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** One row of the table of measures. */
interface Measure {
  /** The name in words, as figures and tables show it. */
  readonly title: string;
  /** The definition as plain text. */
  readonly formula: string;
  readonly value: (counts: ForegroundCounts) => number;
}

/**
 * The measures of the segmentation beside the accuracy, in the order of columns, tables and figures. Each is a
 * ratio of counts that are pooled over all validation images. 0/0 is 0, as in scikit-learn and torchmetrics.
 */
export const measures = {
  dice: {
    title: "foreground Dice",
    formula: "2 TP / (2 TP + FP + FN)",
    value: ({ truePositive, falsePositive, falseNegative }) =>
      ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative),
  },
  iou: {
    title: "foreground IoU",
    formula: "TP / (TP + FP + FN)",
    value: ({ truePositive, falsePositive, falseNegative }) =>
      ratio(truePositive, truePositive + falsePositive + falseNegative),
  },
  precision: {
    title: "foreground precision",
    formula: "TP / (TP + FP)",
    value: ({ truePositive, falsePositive }) => ratio(truePositive, truePositive + falsePositive),
  },
  recall: {
    title: "foreground recall",
    formula: "TP / (TP + FN)",
    value: ({ truePositive, falseNegative }) => ratio(truePositive, truePositive + falseNegative),
  },
} as const satisfies Readonly<Record<string, Measure>>;

/** The identifier of a measure: its key in the table and its word in a config. */
export type MeasureName = keyof typeof measures;

/** All identifiers, in table order. */
export const measureNames = Object.keys(measures) as MeasureName[];

/** The values of some measures. */
export type MeasureValues = Readonly<Partial<Record<MeasureName, number>>>;

/** Returns the column of a measure in a run's CSV. */
export function measureColumn(name: MeasureName): string {
  return `foreground_${name}`;
}

/** Returns the measure of a column, undefined for any other column. */
export function measureOfColumn(column: string): MeasureName | undefined {
  return measureNames.find((name) => measureColumn(name) === column);
}

/** Returns the values of some measures for the same counts. */
export function measureValues(names: readonly MeasureName[], counts: ForegroundCounts): MeasureValues {
  return Object.fromEntries(names.map((name) => [name, measures[name].value(counts)]));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
