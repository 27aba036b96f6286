import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceView } from "../../../src/explorer/view/evidence.js";
import {
  compareLabels,
  groupCells,
  openedIn,
  selectedCells,
  selectedColumns,
} from "../../../src/explorer/view/selection.js";
import { initialView } from "../../../src/explorer/view/view-state.js";
import { indexOfRuns, studyIndex } from "../../helpers/sweep-indices.js";

const index = studyIndex();

test("Cells that differ in the trained loss alone stand side by side", () => {
  const groups = groupCells(index, index.cells);
  assert.equal(groups.length, 12);
  assert.equal(groups[0]?.title, "Adam, no batch norm, 95 % foreground");
  assert.deepEqual(
    groups[0]?.cells.map(({ id }) => id),
    ["adam-nobn-t0.05-cce", "adam-nobn-t0.05-dice", "adam-nobn-t0.05-dicefg"],
  );
});

test("A view limits cells by the values of axes, and columns by losses but measures never", () => {
  const view = { ...initialView, only: new Map([["threshold", ["0.5"]]]), curves: ["dice"] };
  assert.equal(selectedCells(index, view).length, 12);
  assert.deepEqual(
    (["measure", "loss", "norm"] as const)
      .flatMap((group) => selectedColumns(index, view, group))
      .map(({ name }) => name),
    ["accuracy", "dice_loss", "dice_grad_norm"],
  );
});

test("What is open is named by what differs, and what is common stands once", () => {
  const open = ["adam-nobn-t0.5-cce", "adam-bn-t0.5-cce.2"];
  const { common, own } = compareLabels(index, openedIn(index, { ...initialView, open }));
  assert.equal(common, "Adam, 50 % foreground, trained on cce");
  assert.deepEqual(own, ["no batch norm", "batch norm, run 2"]);
});

test("The evidence of every finding is a view of cells that the study's grid has", () => {
  for (const { number } of index.findings) {
    const view = evidenceView(index, number);
    assert.ok(view !== undefined && selectedCells(index, view).length > 0, String(number));
  }
  const surge = evidenceView(index, 4);
  assert.deepEqual(surge?.open, ["adam-nobn-t0.5-dicefg", "adam-bn-t0.5-dicefg"]);
});

test("A sweep without the cells of a finding has no view of its evidence", () => {
  const sgdOnly = indexOfRuns(
    ["0.05", "0.5"].map((threshold) => ({ keys: { optimizer: "sgd", threshold } })),
  );
  assert.equal(evidenceView(sgdOnly, 4), undefined);
});
