// Shortest round-trip decimals of float32 (Steele and White, "How to print floating-point numbers accurately", 1990:
// https://doi.org/10.1145/93542.93559). Our own because JavaScript prints doubles only, and no kept package prints float32.
// A float32 needs at most 9 digits, so double arithmetic suffices: candidates are scaled by powers of ten that are exact in
// double, as in Clinger's fast path ("How to read floating point numbers accurately", 1990:
// https://doi.org/10.1145/93542.93557), and kept if they round back to the same float32.

/** 1e0 to 1e22, the powers of ten that a double represents exactly. */
const exactPowers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const largestExact = 22;

/** A digit count that suffices for most float32 values. */
const usualDigits = 7;
/** A digit count that suffices for every float32. */
const mostDigits = 9;

/** Returns the shortest decimal that reads back as the same float32, the nearest one if there are several; or NaN, Infinity, -Infinity. */
export function float32Text(value: number): string {
  if (value === 0) {
    return Object.is(value, -0) ? "-0" : "0";
  }
  if (!Number.isFinite(value)) {
    return String(value);
  }
  return value < 0 ? `-${shortest(-value)}` : String(shortest(value));
}

/** Returns the double that a float32's shortest decimal denotes, so that JSON and CSV show the same digits. */
export function float32Number(value: number): number {
  return value === 0 || !Number.isFinite(value) ? value : Math.sign(value) * shortest(Math.abs(value));
}

/**
 * Returns the decimal with the fewest digits that rounds to a positive float32, as the nearest double, which JavaScript
 * prints as that decimal. If d digits suffice, so do d + 1; the search therefore starts at the usual count and moves up or down.
 */
function shortest(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  let digits = usualDigits;
  let found = decimal(value, digits, exponent);
  while (Math.fround(found) !== value && digits < mostDigits) {
    found = decimal(value, ++digits, exponent);
  }
  if (digits > usualDigits) {
    return Math.fround(found) === value ? found : Number(value.toPrecision(mostDigits));
  }
  while (digits > 1) {
    const shorter = decimal(value, --digits, exponent);
    if (Math.fround(shorter) !== value) {
      break;
    }
    found = shorter;
  }
  return found;
}

/** Returns whichever of the two decimals with `digits` digits around a value rounds to it: the nearer one if both or neither do. */
function decimal(value: number, digits: number, exponent: number): number {
  const shift = digits - 1 - exponent;
  const exact = scale(value, shift);
  const near = Math.round(exact);
  const nearer = unscale(near, shift);
  if (Math.fround(nearer) === value) {
    return nearer;
  }
  // At a power of two the float32 below is closer than the one above, so only the farther decimal may round to the value.
  const farther = unscale(near > exact ? near - 1 : near + 1, shift);
  return Math.fround(farther) === value ? farther : nearer;
}

/** Returns value * 10^shift. */
function scale(value: number, shift: number): number {
  if (shift < 0) {
    return value / power(-shift);
  }
  return shift <= largestExact
    ? value * power(shift)
    : value * power(largestExact) * 10 ** (shift - largestExact);
}

/** Returns digits * 10^-shift, correctly rounded: one operation on exact numbers, or else JavaScript's own parser. */
function unscale(digits: number, shift: number): number {
  if (Math.abs(shift) > largestExact) {
    return Number(`${digits}e${-shift}`);
  }
  return shift >= 0 ? digits / power(shift) : digits * power(-shift);
}

function power(exponent: number): number {
  return exactPowers[exponent] ?? 10 ** exponent;
}
