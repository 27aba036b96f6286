import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { float32Number, float32Text } from "../../src/results/float32.js";

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** Returns the float32 with these bits. */
function ofBits(bits: number): number {
  word[0] = bits;
  return float[0] ?? Number.NaN;
}

/** Returns how many digits a float32 needs, by trying all counts. */
function digitsNeeded(value: number): number {
  let digits = 1;
  while (Math.fround(Number(value.toPrecision(digits))) !== value) {
    digits++;
  }
  return digits;
}

function digitsOf(text: string): string {
  return text
    .replace(/e.*$/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+|0+$/g, "");
}

function checkText(value: number): void {
  const text = float32Text(value);
  assert.ok(Object.is(Math.fround(Number(text)), value), `${text} does not read back as ${value}`);
  if (value !== 0 && Number.isFinite(value)) {
    assert.ok(digitsOf(text).length <= digitsNeeded(value), `${text} is not the shortest text of ${value}`);
  }
}

test("Known float32 values have their known texts", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0.1, "0.1"],
    [1 / 3, "0.33333334"],
    [16777216, "16777216"],
    [1e-7, "1e-7"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.401298464324817e-45, "1e-45"],
    [-2.5, "-2.5"],
    [0, "0"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ];
  for (const [value, text] of cases) {
    assert.equal(float32Text(Math.fround(value)), text);
  }
});

test("The text of any float32 reads back as that float32 and is the shortest that does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (bits) => checkText(ofBits(bits))),
    { numRuns: 20_000 },
  );
});

test("The text of powers of two, whose neighbors are at unequal distances, and of their neighbors is the shortest", () => {
  for (let exponent = 0; exponent < 255; exponent++) {
    for (const offset of [-2, -1, 0, 1, 2]) {
      checkText(ofBits(Math.max(0, exponent * 2 ** 23 + offset)));
    }
  }
  for (let bit = 0; bit < 23; bit++) {
    checkText(ofBits(2 ** bit));
  }
});

test("float32Number prints as the text in the CSV", () => {
  fc.assert(
    fc.property(fc.float(), (value) => {
      assert.equal(String(float32Number(value)), float32Text(value).replace(/^-0$/, "0"));
    }),
    { numRuns: 2000 },
  );
});
