import { type RunSummary, studySmoothing, summarizeRun } from "../../src/analysis/run-summary.js";
import { type Cell, studyCell } from "../../src/study/run.js";

/** The content of a made-up run; what is not given is constant. */
export interface RunSpec {
  readonly keys?: Readonly<Record<string, string>>;
  readonly run?: number;
  readonly accuracy?: number;
  /** Constant values of the columns, or their values over the steps. */
  readonly columns?: Readonly<Record<string, number | readonly number[]>>;
  readonly steps?: number;
  /** Parameters that are not key columns, as a record has them. */
  readonly cell?: Partial<Cell>;
}

const constants = {
  cce_loss: 0.1,
  dice_loss: 0.1,
  dicefg_loss: 0.1,
  cce_grad_norm: 1,
  dice_grad_norm: 1,
  dicefg_grad_norm: 1,
};

/** Creates the summary of a made-up run of the cell adam, no batch norm, threshold .5, cce, unless `keys` differ. */
export function createRunSummary({
  keys = {},
  run = 0,
  accuracy = 0.995,
  columns = {},
  steps = 501,
  cell = {},
}: RunSpec = {}): RunSummary {
  const all = {
    optimizer: "adam",
    batch_norm: "false",
    threshold: "0.5",
    trained_loss: "cce",
    ...keys,
    run: String(run),
  };
  const numbers = { ...constants, ...columns };
  const values = Object.entries(numbers).map(([column, value]) => {
    const at = (i: number) => (typeof value === "number" ? value : (value[i] ?? Number.NaN));
    return [column, Float32Array.from({ length: steps }, (_, i) => at(i))] as const;
  });
  const accuracies = Float32Array.from({ length: steps }, (_, i) => (i % 250 === 0 ? accuracy : Number.NaN));
  const summary = summarizeRun(
    {
      keys: new Map(Object.entries(all)),
      steps: Float64Array.from({ length: steps }, (_, i) => i),
      values: new Map([...values, ["accuracy", accuracies]]),
    },
    { path: `made/run-${run}.csv` },
    studySmoothing,
    1,
  );
  // Comparable with the study although it is short.
  return { ...summary, cell: { steps: studyCell.steps, ...summary.cell, ...cell } };
}

/** Creates every run of the original's grid, each specified by `specify` from its keys and number. */
export function createStudySummaries(
  specify: (keys: Readonly<Record<string, string>>, run: number) => RunSpec,
): readonly RunSummary[] {
  return ["adam", "sgd"].flatMap((optimizer) =>
    ["false", "true"].flatMap((batch_norm) =>
      ["0.05", "0.5", "0.95"].flatMap((threshold) =>
        ["cce", "dice", "dicefg"].flatMap((trained_loss) =>
          [0, 1, 2].map((run) => {
            const keys = { optimizer, batch_norm, threshold, trained_loss };
            return createRunSummary({ keys, run, ...specify(keys, run) });
          }),
        ),
      ),
    ),
  );
}
