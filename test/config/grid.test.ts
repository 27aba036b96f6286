import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { furtherAxes } from "../../src/config/config.js";
import { gridCells, gridRuns, runCountBound } from "../../src/config/grid.js";
import { parameterKeys } from "../../src/config/parameters.js";
import { cellName, runName } from "../../src/config/run-names.js";
import { configOf, validConfigs } from "../helpers/configs.js";

test("The grid of the study comes in the order optimizer, batch norm, threshold, loss, run", () => {
  const runs = gridRuns(
    configOf({
      optimizer: ["adam", "sgd"],
      batchNorm: [false, true],
      threshold: [0.05, 0.5],
      loss: ["cce", "dice_square"],
      runs: 2,
    }),
  );
  assert.equal(runs.length, 32);
  const names = runs.map(runName);
  assert.deepEqual(names.slice(0, 5), [
    "adam-nobn-t0.05-cce/run-0",
    "adam-nobn-t0.05-cce/run-1",
    "adam-nobn-t0.05-dice-square/run-0",
    "adam-nobn-t0.05-dice-square/run-1",
    "adam-nobn-t0.5-cce/run-0",
  ]);
  assert.equal(names[8], "adam-bn-t0.05-cce/run-0");
  assert.equal(names[16], "sgd-nobn-t0.05-cce/run-0");
});

test("Further axes follow in the order of the table, in columns and names", () => {
  const config = configOf({
    input: ["raw", "centred"],
    learningRate: [1, 1e-7],
    foregroundWeight: [0.3, "inverse"],
    steps: 3,
  });
  assert.deepEqual(furtherAxes(config), ["learningRate", "input", "foregroundWeight"]);
  const runs = gridRuns(config);
  assert.deepEqual(runs[0]?.columns, ["learningRate", "input", "foregroundWeight"]);
  assert.equal(
    runName(runs[0] ?? assert.fail()),
    "adam-nobn-t0.5-cce-learning-rate1-input-raw-foreground-weight0.3/run-0",
  );
  const last = runs.at(-1) ?? assert.fail();
  assert.equal(
    cellName(last.cell, last.columns),
    "adam-nobn-t0.5-cce-learning-rate1e-7-input-centred-foreground-weight-inverse",
  );
});

test("A list of one value is an axis too", () => {
  assert.deepEqual(furtherAxes(configOf({ filters: [8] })), ["filters"]);
});

test("Several grids are put one after the other, a cell of two grids once, and what differs between them is an axis", () => {
  const config = configOf({
    threshold: 0.05,
    batchNorm: [false, true],
    grids: [
      { optimizer: "sgd", momentum: [0, 0.9], batchNorm: false },
      { optimizer: "adam", filters: 8 },
      { optimizer: ["sgd"], momentum: 0 },
    ],
    runs: 1,
  });
  assert.deepEqual(furtherAxes(config), ["filters", "momentum"]);
  assert.deepEqual(gridRuns(config).map(runName), [
    "sgd-nobn-t0.05-cce-filters4-momentum0/run-0",
    "sgd-nobn-t0.05-cce-filters4-momentum0.9/run-0",
    "adam-nobn-t0.05-cce-filters8-momentum0/run-0",
    "adam-bn-t0.05-cce-filters8-momentum0/run-0",
    "sgd-bn-t0.05-cce-filters4-momentum0/run-0",
  ]);
  assert.equal(runCountBound(config), 6);
});

test("The monitored losses are put into the order of the table of losses", () => {
  assert.deepEqual(configOf({ monitor: ["tversky", "dice", "cce"] }).monitor, ["cce", "dice", "tversky"]);
  assert.deepEqual(configOf({ monitor: "dicefg_square" }).monitor, ["dicefg_square"]);
});

test("The grid contains every combination of the lists once, each with a name of its own that file systems accept", () => {
  fc.assert(
    fc.property(validConfigs, (raw) => {
      const config = configOf(raw);
      const runs = gridRuns(config);
      assert.equal(runs.length, runCountBound(config));
      assert.equal(new Set(runs.map((run) => JSON.stringify([run.cell, run.repetition]))).size, runs.length);
      for (const { cell } of runs) {
        for (const key of parameterKeys) {
          assert.ok([config[key]].flat().includes(cell[key] as never));
        }
      }
      const names = gridCells(config).map((cell) => cellName(cell, furtherAxes(config)));
      assert.equal(new Set(names).size, names.length);
      for (const name of names) {
        assert.match(name, /^[a-z0-9][a-z0-9.-]{0,199}$/);
      }
    }),
    { numRuns: 300 },
  );
});

test("A name that is too long for a file system is cut and stays unique", () => {
  const long = Object.fromEntries(parameterKeys.map((key) => [key, [configOf({})[key]]]));
  const names = [1, 2].map((steps) => {
    const config = configOf({ ...long, tverskyBeta: [steps] });
    return cellName(gridCells(config)[0] ?? assert.fail(), furtherAxes(config));
  });
  assert.deepEqual(
    names.map((name) => name.length),
    [200, 200],
  );
  assert.notEqual(names[0], names[1]);
});
