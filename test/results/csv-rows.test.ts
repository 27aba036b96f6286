import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { gridRuns } from "../../src/config/grid.js";
import { csvLine, header, keyCells } from "../../src/results/columns.js";
import { formatChunk, formatRows } from "../../src/results/csv-rows.js";
import { float32Text } from "../../src/results/float32.js";
import { layerNames } from "../../src/study/network/architecture.js";
import { rowLayout } from "../../src/study/row-layout.js";
import { configOf, validConfigs } from "../helpers/configs.js";
import { runOf } from "../helpers/finished-runs.js";

test("The header names keys, step, losses, norms and accuracy in the order of the table of losses", () => {
  assert.equal(
    header(runOf({ monitor: ["dice", "cce"] })).join(),
    "optimizer,batch_norm,threshold,trained_loss,run,step,cce_loss,dice_loss,cce_grad_norm,dice_grad_norm,accuracy",
  );
});

test("Further axes come before the step, and the layers' norms before the accuracy", () => {
  const run = runOf({ monitor: "cce", perLayer: true, convLayers: [1], learningRate: [1e-3, 2] });
  assert.deepEqual(layerNames(run.cell), ["conv1", "head"]);
  assert.equal(
    header(run).join(),
    "optimizer,batch_norm,threshold,trained_loss,run,conv_layers,learning_rate,step,cce_loss,cce_grad_norm,cce_grad_norm_conv1,cce_grad_norm_head,accuracy",
  );
  assert.equal(keyCells(run).join(), "adam,false,0.5,cce,0,1,0.001");
});

test("The recorded measures follow the accuracy, at the steps where it is measured", () => {
  const run = runOf({ monitor: "cce", metrics: ["recall", "dice"] });
  assert.match(
    header(run).join(),
    /,step,cce_loss,cce_grad_norm,accuracy,foreground_dice,foreground_recall$/,
  );
  const chunk = { index: 0, firstStep: 0, steps: 2, values: Float32Array.of(1, 2, 3, 4) };
  assert.equal(
    formatChunk(run, { ...chunk, accuracy: 0.5, measures: { dice: 0.25, recall: 1 } }),
    "adam,false,0.5,cce,0,0,1,2,,,\nadam,false,0.5,cce,0,1,3,4,0.5,0.25,1\n",
  );
});

test("Every row has all its keys, and an empty accuracy where none was measured", () => {
  const run = runOf({ batchNorm: true, threshold: 0.05, loss: "dice_square", monitor: "cce" });
  const rows = formatRows(
    run,
    249,
    Float32Array.of(0.1, 2, Number.NaN, Number.POSITIVE_INFINITY),
    new Map([[250, 0.9512]]),
  );
  assert.equal(
    rows,
    "adam,true,0.05,dice_square,0,249,0.1,2,\nadam,true,0.05,dice_square,0,250,NaN,Infinity,0.9512\n",
  );
});

test("No values make no rows, and an incomplete row is refused", () => {
  const run = runOf({ monitor: "cce" });
  assert.equal(formatRows(run, 0, new Float32Array(0), new Map()), "");
  assert.throws(() => formatRows(run, 0, new Float32Array(3), new Map()), RangeError);
});

const steps = fc.array(fc.array(fc.float(), { minLength: 60, maxLength: 60 }), {
  minLength: 1,
  maxLength: 5,
});
const accuracies = fc.array(fc.tuple(fc.nat(10), fc.float({ min: 0, max: 1, noNaN: true })));

test("Rows are the cells joined by commas, unquoted, for any config and values", () => {
  fc.assert(
    fc.property(validConfigs, steps, accuracies, (raw, table, measured) => {
      const run = gridRuns(configOf({ ...raw, convLayers: 2 })).at(-1) ?? assert.fail();
      const width = rowLayout(run).columns.length;
      const values = table.map((row) => row.slice(0, width));
      const known = new Map(measured);
      const line = (row: readonly number[], step: number) => {
        const accuracy = known.get(step);
        const accuracyCell = accuracy === undefined ? "" : float32Text(Math.fround(accuracy));
        const measures = run.metrics.map(() => "");
        return `${[...keyCells(run), step, ...row.map(float32Text), accuracyCell, ...measures].join(",")}\n`;
      };
      const expected = values.map(line).join("");
      assert.equal(formatRows(run, 0, Float32Array.from(values.flat()), known), expected);
    }),
    { numRuns: 200 },
  );
});

test("Header and rows read back as the same keys and float32 values", () => {
  fc.assert(
    fc.property(validConfigs, fc.array(fc.float(), { minLength: 60, maxLength: 60 }), (raw, row) => {
      const run = gridRuns(configOf({ ...raw, convLayers: 2 }))[0] ?? assert.fail();
      const columns = rowLayout(run).columns;
      const values = Float32Array.from(row.slice(0, columns.length));
      const text = csvLine(header(run)) + formatRows(run, 7, values, new Map());
      const [cells] = parse(text, { columns: true }) as readonly Record<string, string>[];
      assert.equal(cells?.step, "7");
      assert.equal(Number(cells?.threshold), run.cell.threshold);
      columns.forEach((column, index) => {
        assert.ok(Object.is(Math.fround(Number(cells?.[column])), values[index]), column);
      });
    }),
    { numRuns: 200 },
  );
});

test("A step beyond the whole numbers of float32 is written exactly", () => {
  const run = runOf({ monitor: "cce" });
  const rows = formatRows(run, 16_777_217, Float32Array.of(1, 2), new Map());
  assert.equal(rows, "adam,false,0.5,cce,0,16777217,1,2,\n");
});
