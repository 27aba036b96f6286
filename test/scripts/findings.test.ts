import assert from "node:assert/strict";
import { test } from "node:test";
import { conv1Errors, conv1GradientNorm } from "../../scripts/findings/backpropagation.js";
import { compareMoments } from "../../scripts/findings/batch-norm.js";
import { countConverged } from "../../scripts/findings/convergence.js";
import { ratiosAtEqualLoss } from "../../scripts/findings/equal-loss.js";
import { layerRatios } from "../../scripts/findings/layers.js";
import { settingRatios } from "../../scripts/findings/magnitude.js";
import { measureEstimates } from "../../scripts/findings/measures.js";
import { countByMoments } from "../../scripts/findings/moments.js";
import { countByRate } from "../../scripts/findings/rates.js";
import { formatLogRatio, settingText } from "../../scripts/findings/settings.js";
import type { SummaryRow } from "../../scripts/findings/summary-rows.js";
import { findingsOfTask, tasksOf } from "../../scripts/findings/tasks.js";
import type { RunTable } from "../../src/analysis/input/run-table.js";
import { parameterCount, sizeOf, variablesOf } from "../../src/study/network/architecture.js";
import { randomSample } from "../helpers/mersenne-twister.js";
import { differences, lossesOf } from "../helpers/reference-network.js";
import { createRunSummary } from "../helpers/run-summaries.js";
import { cellOf } from "../helpers/training.js";

const row = (values: SummaryRow): SummaryRow => ({
  optimizer: "adam",
  batch_norm: "true",
  threshold: "0.5",
  trained_loss: "cce",
  run: "0",
  "first_step_at_0.99": "",
  ...values,
});

/** Creates a run of three steps: the trained loss and the norm of its gradient in conv1. */
function createTable(keys: Readonly<Record<string, string>>, norms: readonly number[]): RunTable {
  const loss = keys.trained_loss;
  return {
    keys: new Map(Object.entries({ input: "raw", run: "0", ...keys })),
    steps: Float64Array.of(0, 1, 2),
    values: new Map([
      [`${loss}_loss`, Float32Array.of(1.5, 0.6, 0.1)],
      [`${loss}_grad_norm_conv1`, Float32Array.from(norms)],
    ]),
  };
}

test("moments: final accuracies are counted by moments, the original's run numbers apart", () => {
  const rows = [
    row({ evaluate_with: "batch", run: "2", final_accuracy: "0.997" }),
    row({ evaluate_with: "batch", run: "3", final_accuracy: "0.9899" }),
    row({ evaluate_with: "batch", run: "4", final_accuracy: "0.99" }),
  ];
  assert.deepEqual(countByMoments(rows), [
    "batch, runs 0-2: 1 of 1 at least .997, 0 below .99",
    "batch, runs 3-9: 0 of 2 at least .997, 1 below .99",
  ]);
});

test("batch-norm: runs are paired by cell and number, without dicefg at 95 %, later runs and SGD", () => {
  const original = ["cce", "dice"].map((trained_loss) =>
    row({ trained_loss, batch_norm: "false", final_accuracy: "0.99" }),
  );
  const evaluation = [
    row({ evaluate_with: "moving", final_accuracy: "0.995" }),
    row({ evaluate_with: "moving", trained_loss: "dice", final_accuracy: "0.988" }),
    row({ evaluate_with: "moving", run: "3", final_accuracy: "1" }),
    row({ evaluate_with: "moving", threshold: "0.05", trained_loss: "dicefg", final_accuracy: "1" }),
    row({ evaluate_with: "moving", optimizer: "sgd", final_accuracy: "1" }),
  ];
  assert.deepEqual(compareMoments(original, evaluation), ["moving: better in 1 of 2, mean 0.0015"]);
});

test("convergence: a run counts if it reaches .99 at any step", () => {
  const rows = ["", "3000", "3250"].map((step) => row({ "first_step_at_0.99": step }));
  assert.equal(countConverged(rows), "2 of 3 reach .99, 1 by step 3,000");
});

test("rates: runs are counted by setting, and dicefg at 95 % by its highest accuracy", () => {
  const setting = { optimizer: "sgd", momentum: "0.9", learning_rate: "0.1" };
  const rows = [
    row({ ...setting, final_accuracy: "0.99", "first_step_at_0.99": "500" }),
    row({ ...setting, final_accuracy: "0.98", "first_step_at_0.99": "500" }),
    row({ ...setting, final_accuracy: "0.95", threshold: "0.05", trained_loss: "dicefg" }),
  ];
  assert.deepEqual(countByRate(rows), [
    "batch norm true, momentum 0.9, learning rate 0.1: 1 (2) of 2",
    "dicefg at 95 %: at most 0.95",
  ]);
});

test("layers: norms are summed over the steps asked for and compared by run number", () => {
  const tables = [
    createTable({ threshold: "0.05", trained_loss: "cce" }, [9, 1, 1]),
    createTable({ threshold: "0.95", trained_loss: "cce" }, [1, 2, 4]),
  ];
  assert.deepEqual(layerRatios(tables, { from: 1, to: 2 }), ["cce raw conv1 3.00"]);
});

test("equal-loss: norms are compared within bins of the loss that have enough steps", () => {
  const tables = [
    createTable({ threshold: "0.05", trained_loss: "cce" }, [1, 1, 4]),
    createTable({ threshold: "0.95", trained_loss: "cce" }, [3, 1, 2]),
    createTable({ threshold: "0.95", trained_loss: "cce", input: "inverted" }, [7, 7, 7]),
  ];
  assert.deepEqual(ratiosAtEqualLoss(tables, 0), ["cce 0.5 to 1: 2.00", "cce 0.0625 to 0.125: 0.50"]);
  assert.deepEqual(ratiosAtEqualLoss(tables, 1), ["cce 0.5 to 1: 2.00"]);
});

test("magnitude: conv1's norms at 5 and 95 % are compared by setting, the study first, over the steps that are asked for", () => {
  const tables = ["0.05", "0.95"].flatMap((threshold) => {
    const norms = threshold === "0.05" ? [9, 1, 2] : [9, 2, 6];
    const keys = { trained_loss: "cce", threshold };
    return [
      createTable({ ...keys, input_shift: "-0.5", bias_init: "0.5" }, [1, 1, 1]),
      createTable({ ...keys, frozen_layer: "3" }, [1, 1, 1]),
      createTable(keys, norms),
    ];
  });
  const ratios = settingRatios(tables, { from: 1, to: 2 });
  assert.deepEqual(
    ratios.map(({ setting, ratio }) => `${settingText(setting)}: ${formatLogRatio(ratio)}`),
    ["the study: 2.67", "input x - 0.5, first kinks at 0.5: 1.00", "head frozen: 1.00"],
  );
});

test("errors: conv1's gradient agrees with finite differences of cross entropy", () => {
  const architecture = { batchNorm: false, filters: 4, convLayers: 2 };
  const next = randomSample(5);
  const parameters = Array.from({ length: parameterCount(architecture) }, () => next() - 0.5);
  const images = { batch: 2, size: 5, values: Float64Array.from({ length: 50 }, next) };
  const cell = cellOf({ threshold: 0.4, inputShift: -0.25 });
  let begin = 0;
  const variables = new Map<string, readonly number[]>();
  for (const variable of variablesOf(architecture)) {
    const end = begin + sizeOf(variable);
    variables.set(`${variable.layer}.${variable.kind}`, parameters.slice(begin, end));
    begin = end;
  }
  const network = { ...cell, variable: (name: string) => variables.get(name) ?? assert.fail() };
  const found = conv1Errors(network, images.values, images.size);
  const { cce } = differences(
    (moved) => ({ cce: lossesOf(architecture, [...moved, ...parameters.slice(40)], images, cell).cce }),
    parameters.slice(0, 40),
  );
  const wanted = Math.hypot(...cce);
  assert.ok(Math.abs(conv1GradientNorm(found, found.input) / wanted - 1) < 1e-5);
  const active = found.errors.filter((error) => error !== 0).length / found.errors.length;
  assert.ok(active <= found.active && found.active < 1, `${active} of ${found.active}`);
});

test("tasks: the findings of every task are judged by the rules of the study's own", () => {
  const runs = ["threshold", "smooth"].flatMap((task) =>
    [0, 1].map((run) =>
      createRunSummary({
        run,
        keys: { task },
        cell: { task: "smooth" },
        accuracy: task === "smooth" ? 0.9 : 1,
      }),
    ),
  );
  assert.deepEqual(tasksOf(runs), ["threshold", "smooth"]);
  const verdicts = tasksOf(runs).map((task) => findingsOfTask(runs, task)[1]?.verdict);
  assert.deepEqual(verdicts, ["holds", "does not hold"]);
});

test("measures: the last values at 5 % foreground are estimated by task, loss and batch norm", () => {
  const runs = ["0.5", "0.95"].flatMap((threshold) =>
    [0.8, 0.9].map((accuracy, run) =>
      createRunSummary({ run, accuracy, keys: { threshold }, columns: { foreground_dice: accuracy - 0.1 } }),
    ),
  );
  const found = measureEstimates(runs).map(({ measure, estimate }) => [measure, estimate.mean.toFixed(2)]);
  assert.deepEqual(found, [
    ["accuracy", "0.85"],
    ["dice", "0.75"],
  ]);
});
