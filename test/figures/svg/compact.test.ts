import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compactMarkup, compactPath } from "../../../src/figures/svg/compact.js";

/** Returns the points in px of a relative path with a single line. */
function pointsOf(path: string): readonly (readonly [number, number])[] {
  const numbers = (path.match(/-?(?:\d+\.?\d*|\.\d+)/g) ?? []).map(Number);
  let [x = 0, y = 0] = numbers;
  const points: [number, number][] = [[x, y]];
  for (let i = 2; i < numbers.length; i += 2) {
    x += numbers[i] ?? 0;
    y += numbers[i + 1] ?? 0;
    points.push([x, y]);
  }
  return points;
}

test("compactPath writes relative steps in tenths of a px", () => {
  assert.equal(compactPath("M20,135L100.889,100L236,-145"), "M20 135l80.9-35 135.1-245");
});

test("compactPath keeps several lines and closed lines apart", () => {
  assert.equal(compactPath("M0,0L1,5M3,3L2,2L0,9Z"), "M0 0l1 5M3 3l-1-1-2 7z");
});

test("compactPath leaves out the points on a straight line", () => {
  assert.equal(compactPath("M0,0L1,1L2,2L3,3L4,0"), "M0 0l3 3 1-3");
});

test("a simplified line stays within a tenth of a px of every point", () => {
  const heights = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(heights, (ys) => {
      const points = pointsOf(compactPath(`M${ys.map((y, i) => `${i},${y.toFixed(3)}`).join("L")}`));
      for (const [i, y] of ys.entries()) {
        const right = points.findIndex(([x]) => x >= i - 1e-6);
        const [x1, y1] = points[right] ?? [Number.NaN, Number.NaN];
        const [x0, y0] = points[Math.max(0, right - 1)] ?? [Number.NaN, Number.NaN];
        const on = x1 === x0 ? y1 : y0 + ((y1 - y0) * (i - x0)) / (x1 - x0);
        assert.ok(Math.abs(on - y) <= 0.16, `${on} is not ${y} at ${i}`);
      }
    }),
  );
});

test("compactMarkup rounds coordinates and keeps texts and shapes", () => {
  assert.equal(
    compactMarkup(`<text transform="translate(163.9999,170)" y="0.32em">0.12345</text>`),
    `<text transform="translate(164,170)" y="0.32em">0.12345</text>`,
  );
  assert.equal(
    compactMarkup(`<path d="M2.39999,0A2.4,2.4,0,1,1,-2.4,0"/>`),
    `<path d="M2.4,0A2.4,2.4,0,1,1,-2.4,0"/>`,
  );
});
