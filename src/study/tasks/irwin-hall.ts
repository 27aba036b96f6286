// The Irwin-Hall distribution, of the sum of n independent uniform numbers in [0, 1], in integers: from about
// n = 20 the terms of its alternating sum cancel to nothing in float64.
// https://en.wikipedia.org/wiki/Irwin-Hall_distribution

/** Fraction bits of a quantile: float32 holds no more near 1. */
const fractionBits = 24n;

/** Fraction bits of a probability: all that float64 has near 1. */
const probabilityBits = 53n;

const known = new Map<string, number>();

/**
 * Returns the x at or below which the sum of `count` uniform numbers lies with this probability, to 2^-24.
 */
export function irwinHallQuantile(count: number, probability: number): number {
  const key = `${count} ${probability}`;
  const quantile = known.get(key) ?? searchQuantile(BigInt(count), probability);
  known.set(key, quantile);
  return quantile;
}

function searchQuantile(n: bigint, probability: number): number {
  // F(m / 2^f) >= probability, both sides times n! 2^(f n) 2^53: integers.
  const wanted = BigInt(Math.round(probability * 2 ** Number(probabilityBits))) * factorial(n) * power(n);
  let [low, high] = [0n, n << fractionBits];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (scaledDistribution(n, middle) << probabilityBits >= wanted) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return Number(high) / 2 ** Number(fractionBits);
}

/** Returns F(m / 2^f) n! 2^(f n): the sum over j from 0 to x of (-1)^j C(n, j) (x - j)^n, scaled. */
function scaledDistribution(n: bigint, m: bigint): bigint {
  let total = 0n;
  let binomial = 1n;
  for (let j = 0n; j << fractionBits <= m && j <= n; j++) {
    const term = binomial * (m - (j << fractionBits)) ** n;
    total += j % 2n === 0n ? term : -term;
    binomial = (binomial * (n - j)) / (j + 1n);
  }
  return total;
}

function factorial(n: bigint): bigint {
  return n <= 1n ? 1n : n * factorial(n - 1n);
}

function power(n: bigint): bigint {
  return 1n << (fractionBits * n);
}
