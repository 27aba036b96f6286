import { type RunSummary, studySmoothing, summarizeRun } from "../../src/analysis/run-summary.js";

/** What a made-up run is to show; everything else is dull. */
export interface RunSpec {
  readonly keys?: Readonly<Record<string, string>>;
  readonly run?: number;
  readonly accuracy?: number;
  /** Constant values of the columns, or their values over the steps. */
  readonly columns?: Readonly<Record<string, number | readonly number[]>>;
  readonly steps?: number;
}

const dull = {
  cce_loss: 0.1,
  dice_loss: 0.1,
  dicefg_loss: 0.1,
  cce_grad_norm: 1,
  dice_grad_norm: 1,
  dicefg_grad_norm: 1,
};

/** A digest of a made-up run of the study's cell adam, no batch norm, threshold .5, cce; `keys` say otherwise. */
export function createRunSummary({
  keys = {},
  run = 0,
  accuracy = 0.995,
  columns = {},
  steps = 501,
}: RunSpec = {}): RunSummary {
  const all = {
    optimizer: "adam",
    batch_norm: "false",
    threshold: "0.5",
    trained_loss: "cce",
    ...keys,
    run: String(run),
  };
  const numbers = { ...dull, ...columns };
  const values = Object.entries(numbers).map(([column, value]) => {
    const at = (i: number) => (typeof value === "number" ? value : (value[i] ?? Number.NaN));
    return [column, Float32Array.from({ length: steps }, (_, i) => at(i))] as const;
  });
  const accuracies = Float32Array.from({ length: steps }, (_, i) => (i % 250 === 0 ? accuracy : Number.NaN));
  return summarizeRun(
    {
      keys: new Map(Object.entries(all)),
      steps: Float64Array.from({ length: steps }, (_, i) => i),
      values: new Map([...values, ["accuracy", accuracies]]),
    },
    `made/run-${run}.csv`,
    studySmoothing,
  );
}

/** Every run of the original's grid, each made by `make` from its keys and number. */
export function createStudySummaries(
  make: (keys: Readonly<Record<string, string>>, run: number) => RunSpec,
): readonly RunSummary[] {
  return ["adam", "sgd"].flatMap((optimizer) =>
    ["false", "true"].flatMap((batch_norm) =>
      ["0.05", "0.5", "0.95"].flatMap((threshold) =>
        ["cce", "dice", "dicefg"].flatMap((trained_loss) =>
          [0, 1, 2].map((run) => {
            const keys = { optimizer, batch_norm, threshold, trained_loss };
            return createRunSummary({ keys, run, ...make(keys, run) });
          }),
        ),
      ),
    ),
  );
}
