const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** The shortest text that gives back the same float32, of several the nearest; NaN, Infinity and -Infinity by name. */
export function float32Text(value: number): string {
  if (value === 0) {
    return Object.is(value, -0) ? "-0" : "0";
  }
  if (!Number.isFinite(value)) {
    return String(value);
  }
  return value < 0 ? `-${shortest(-value)}` : String(shortest(value));
}

/** A float32 as the double that its shortest text names, so that it prints the same anywhere. */
export function float32Number(value: number): number {
  return value === 0 || !Number.isFinite(value) ? value : Math.sign(value) * shortest(Math.abs(value));
}

/**
 * The decimal of fewest digits that rounds to a positive float32, as the nearest double, which prints as that decimal.
 * If d digits suffice, so do d + 1: from 7, the most frequent need but one, it goes down or up; 9 always suffice.
 */
function shortest(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  let digits = 7;
  let found = decimal(value, digits, exponent);
  while (Math.fround(found) !== value && digits < 9) {
    found = decimal(value, ++digits, exponent);
  }
  if (digits > 7) {
    return Math.fround(found) === value ? found : Number(value.toPrecision(9));
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

/** Of the two decimals of so many digits around a value the nearer one that rounds to it, else just the nearer one. */
function decimal(value: number, digits: number, exponent: number): number {
  const shift = digits - 1 - exponent;
  const exact = scaled(value, shift);
  const near = Math.round(exact);
  const nearer = unscaled(near, shift);
  if (Math.fround(nearer) === value) {
    return nearer;
  }
  // At a power of two the float32 below is closer than the one above, so the farther decimal may be the one that fits.
  const farther = unscaled(near > exact ? near - 1 : near + 1, shift);
  return Math.fround(farther) === value ? farther : nearer;
}

function scaled(value: number, shift: number): number {
  if (shift < 0) {
    return value / power(-shift);
  }
  return shift <= 22 ? value * power(shift) : value * power(22) * 10 ** (shift - 22);
}

/** Correctly rounded: whole numbers below 2^53 and powers of ten up to 1e22 are exact, beyond them the parser is asked. */
function unscaled(digits: number, shift: number): number {
  if (shift > 22 || shift < -22) {
    return Number(`${digits}e${-shift}`);
  }
  return shift >= 0 ? digits / power(shift) : digits * power(-shift);
}

function power(exponent: number): number {
  return powers[exponent] ?? 10 ** exponent;
}
