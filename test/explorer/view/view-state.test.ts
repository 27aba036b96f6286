import assert from "node:assert/strict";
import { test } from "node:test";
import { formatView, initialView, parseView, type ViewState } from "../../../src/explorer/view/view-state.js";
import { studyIndex } from "../../helpers/sweep-indices.js";

const index = studyIndex();

test("A view is the same after it was in an address, and the first view has none", () => {
  const view: ViewState = {
    only: new Map([
      ["optimizer", ["adam"]],
      ["threshold", ["0.05", "0.95"]],
    ]),
    repetitions: [0, 2],
    open: ["adam-nobn-t0.5-cce", "adam-bn-t0.5-cce.1"],
    grid: "dice_loss",
    groups: ["loss"],
    curves: ["cce"],
    steps: { from: 10, to: 1000 },
    smoothing: { norms: 1, losses: 51 },
    isLog: true,
    showsRuns: true,
    isSplit: true,
  };
  assert.deepEqual(parseView(formatView(view), index), view);
  assert.equal(formatView(initialView), "");
  assert.deepEqual(parseView("", index), initialView);
});

test("What an address names and the sweep does not have is left out", () => {
  const address =
    "open=nothing&open=__proto__&only.optimizer=lamb&only.__proto__=x&run=7&curve=<b>&grid=x&steps=9-3&smooth=4,-1&show=x";
  assert.deepEqual(parseView(address, index), { ...initialView, groups: [] });
});
