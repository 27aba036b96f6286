import assert from "node:assert/strict";
import { test } from "node:test";
import { gridRuns } from "../../src/config/grid.js";
import { findIdenticalRuns } from "../../src/config/identical-runs.js";
import { runName } from "../../src/config/run-names.js";
import { configOf } from "../helpers/configs.js";

/** The names of repeated runs with those of their originals, and the keys in which they differ. */
function identical(raw: object) {
  const { repeated, originals, keys } = findIdenticalRuns(gridRuns(configOf({ runs: 1, ...raw })));
  return { pairs: repeated.map((run, i) => [run, originals[i] ?? run].map(runName)), keys };
}

test("A momentum that varies for Adam too repeats Adam's runs, and not SGD's", () => {
  assert.deepEqual(identical({ optimizer: ["adam", "sgd"], momentum: [0, 0.5, 0.9] }), {
    pairs: [
      ["adam-nobn-t0.5-cce-momentum0.5/run-0", "adam-nobn-t0.5-cce-momentum0/run-0"],
      ["adam-nobn-t0.5-cce-momentum0.9/run-0", "adam-nobn-t0.5-cce-momentum0/run-0"],
    ],
    keys: ["momentum"],
  });
});

test("A parameter of a loss counts where the loss is trained or monitored", () => {
  assert.equal(identical({ focalGamma: [1, 2], loss: ["cce", "focal"] }).pairs.length, 1);
  assert.equal(identical({ focalGamma: [1, 2], monitor: ["cce", "focal"] }).pairs.length, 0);
  assert.deepEqual(identical({ evaluateWith: ["moving", "batch"], batchNorm: [false, true] }).keys, [
    "evaluateWith",
  ]);
});

test("Repetitions and different seeds of randomness are never identical", () => {
  assert.deepEqual(identical({ runs: 5, threshold: [0.1, 0.2] }), { pairs: [], keys: [] });
});

test("Grids let a parameter vary where it counts", () => {
  const grids = [{ optimizer: "adam" }, { optimizer: "sgd", momentum: [0, 0.9] }];
  assert.deepEqual(identical({ grids }).pairs, []);
});
