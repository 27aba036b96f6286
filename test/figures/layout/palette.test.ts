import assert from "node:assert/strict";
import { test } from "node:test";
import { darkColors, type SeriesStyle, styleAt, stylesOf } from "../../../src/figures/layout/palette.js";
import { lossNames } from "../../../src/study/losses.js";

const styles = (count: number) => Array.from({ length: count }, (_, place) => styleAt(place));
const distinct = (texts: readonly string[]) => new Set(texts).size;
const dark = (style: SeriesStyle) => darkColors.get(style.color) ?? assert.fail(`no dark ${style.color}`);

test("the lines of 64 series are pairwise distinct on a light and on a dark page, and so are their dots", () => {
  for (const color of [(style: SeriesStyle) => style.color, dark]) {
    assert.equal(distinct(styles(64).map((style) => `${color(style)} ${style.dash}`)), 64);
    assert.equal(distinct(styles(64).map((style) => `${color(style)} ${style.symbol}`)), 64);
  }
});

test("line and dot together tell 512 series apart", () => {
  assert.equal(distinct(styles(512).map(({ color, dash, symbol }) => `${color} ${dash} ${symbol}`)), 512);
});

test("the study's losses have the colors and dashes of the published figures", () => {
  const looks = [...stylesOf("trained_loss", lossNames)].slice(0, 5);
  assert.deepEqual(
    looks.map(([loss, { color, dash }]) => [loss, color, dash]),
    [
      ["cce", "#0072B2", "none"],
      ["dice", "#D55E00", "none"],
      ["dice_square", "#E69F00", "5 2"],
      ["dicefg", "#009E73", "none"],
      ["dicefg_square", "#56B4E9", "5 2"],
    ],
  );
});

test("a loss keeps its style among others, and a loss that is not in the table takes one of its own", () => {
  const all = stylesOf("trained_loss", [...lossNames, "mine", "yours"]);
  assert.equal(new Set([...all.values()].map((style) => JSON.stringify(style))).size, lossNames.length + 2);
  assert.deepEqual(stylesOf("trained_loss", ["dicefg"]).get("dicefg"), all.get("dicefg"));
  assert.deepEqual(stylesOf("trained_loss", ["mine"]).get("mine"), all.get("mine"));
});

test("every symbol has an area, since dots are filled", () => {
  const open = ["asterisk", "plus", "times"];
  for (const { symbol } of styles(8)) {
    assert.ok(!open.includes(symbol), symbol);
  }
});
