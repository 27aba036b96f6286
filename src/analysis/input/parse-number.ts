// Clinger's fast path: a double holds the powers of ten up to 1e22 and whole numbers below 2^53 exactly, so a product or
// quotient of the two is rounded once and is the nearest double. Longer texts, which are rare, go through Number.
// W. D. Clinger, "How to read floating point numbers accurately" (1990), https://doi.org/10.1145/93542.93557
const exactPowers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const maxDigits = 15;

/**
 * Parses the number in bytes[from, to) to the double that Number returns. Returns NaN if there is no text or it is NaN, and
 * undefined if the text is not a number.
 */
export function parseNumber(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (from === to) {
    return Number.NaN;
  }
  const negative = bytes[from] === 0x2d;
  let mantissa = 0;
  let digits = 0;
  let hasDigit = false;
  let decimals = 0;
  let inFraction = false;
  for (let i = negative ? from + 1 : from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x2e && !inFraction) {
      inFraction = true;
    } else if (byte >= 0x30 && byte <= 0x39) {
      hasDigit = true;
      mantissa = mantissa * 10 + (byte - 0x30);
      if (mantissa > 0) {
        digits++;
      }
      if (inFraction) {
        decimals++;
      }
    } else {
      return parseText(bytes, from, to);
    }
  }
  const power = exactPowers[decimals];
  if (!hasDigit || digits > maxDigits || power === undefined || to - from > 40) {
    return parseText(bytes, from, to);
  }
  const value = mantissa / power;
  return negative ? -value : value;
}

function parseText(bytes: Uint8Array, from: number, to: number): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
  if (text.toLowerCase() === "nan") {
    return Number.NaN;
  }
  const value = Number(text);
  return Number.isNaN(value) || text.trim() === "" ? undefined : value;
}
