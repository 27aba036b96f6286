// Powers of ten that a double holds exactly, and the whole numbers up to 2^53: a product or quotient of the two is
// rounded once, so it is the nearest double. The rare longer texts go through Number.
const exactPowers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const maxDigits = 15;

/**
 * The number that bytes[from, to) spell, NaN where there are none or they spell NaN, null where they spell no number.
 * The value is the one that Number would give.
 */
export function parseNumber(bytes: Uint8Array, from: number, to: number): number | null {
  if (from === to) {
    return Number.NaN;
  }
  const negative = bytes[from] === 0x2d;
  let mantissa = 0;
  let digits = 0;
  let spelled = false;
  let decimals = 0;
  let inFraction = false;
  for (let i = negative ? from + 1 : from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x2e && !inFraction) {
      inFraction = true;
    } else if (byte >= 0x30 && byte <= 0x39) {
      spelled = true;
      mantissa = mantissa * 10 + (byte - 0x30);
      if (mantissa > 0) {
        digits++;
      }
      if (inFraction) {
        decimals++;
      }
    } else {
      return readText(bytes, from, to);
    }
  }
  const power = exactPowers[decimals];
  if (!spelled || digits > maxDigits || power === undefined || to - from > 40) {
    return readText(bytes, from, to);
  }
  const value = mantissa / power;
  return negative ? -value : value;
}

function readText(bytes: Uint8Array, from: number, to: number): number | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
  if (text.toLowerCase() === "nan") {
    return Number.NaN;
  }
  const value = Number(text);
  return Number.isNaN(value) || text.trim() === "" ? null : value;
}
