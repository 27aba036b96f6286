import assert from "node:assert/strict";
import { test } from "node:test";
import {
  darkColors,
  lossStyle,
  otherStyle,
  type SeriesStyle,
  stylesOf,
} from "../../../src/figures/layout/palette.js";
import { lossNames } from "../../../src/study/losses.js";

const styles = (styleAt: (place: number) => SeriesStyle, count: number) =>
  Array.from({ length: count }, (_, place) => styleAt(place));
const distinct = (texts: readonly string[]) => new Set(texts).size;
const light = ({ color }: SeriesStyle) => color;
const dark = ({ color }: SeriesStyle) => darkColors.get(color) ?? assert.fail(`no dark ${color}`);

for (const [what, styleAt, colors] of [
  ["losses", lossStyle, 8],
  ["values of another key", otherStyle, 6],
] as const) {
  test(`the lines of ${8 * colors} ${what} are pairwise distinct on a light and on a dark page, and so are their dots`, () => {
    const all = styles(styleAt, 8 * colors);
    for (const color of [light, dark]) {
      assert.equal(distinct(all.map((style) => `${color(style)} ${style.dash}`)), 8 * colors);
      assert.equal(distinct(all.map((style) => `${color(style)} ${style.symbol}`)), 8 * colors);
    }
  });

  test(`line and dot together tell ${64 * colors} ${what} apart`, () => {
    const looks = styles(styleAt, 64 * colors).map(({ color, dash, symbol }) => `${color} ${dash} ${symbol}`);
    assert.equal(distinct(looks), 64 * colors);
  });
}

test("no other key takes the color of a loss, on a light or on a dark page", () => {
  for (const color of [light, dark]) {
    const ofLosses = styles(lossStyle, 8).map(color);
    assert.deepEqual(
      styles(otherStyle, 6).filter((style) => ofLosses.includes(color(style))),
      [],
    );
  }
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
  for (const { symbol } of [...styles(lossStyle, 8), ...styles(otherStyle, 8)]) {
    assert.ok(!open.includes(symbol), symbol);
  }
});
