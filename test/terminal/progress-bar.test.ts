import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { barLine } from "../../src/terminal/progress-bar.js";

test("A progress bar never reaches the last column, however narrow the terminal", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      (share, columns) => {
        const line = barLine(share, "12 of 108 runs, 11,200 run-steps/s, 1:23 left", columns);
        assert.ok(
          line.length < Math.max(columns, 1) + (columns === 1 ? 1 : 0),
          `${line.length} in ${columns}`,
        );
        if (columns >= 70) {
          assert.match(line, /^[█░]{5,40} +\d+ % {2}12 of/);
        }
      },
    ),
  );
});
