// Rounds a column for the embedded page. Noise is what makes curves large: the bits that no screen shows are left out.
import type { IntervalSummary } from "../analysis/stats/intervals.js";

/** Steps of the logarithmic scale by which means are rounded, for each doubling: 0.1 % of error at most. */
const perDoubling = 350;

/** Steps of that scale in one step of an extreme's distance from its mean: 2 % of error at most. */
const perExtreme = 18;

/** The smallest magnitude that is distinguished from zero. */
const smallest = 2 ** -40;

/** Stands for NaN, and is beyond every rounded number. */
const nan = 2 ** 22;

/** Bytes of each interval: three for the mean, two for each extreme. */
export const roundedSize = 7;

/**
 * Returns a column's means as differences from one to the next, and its extremes as distances from the means, all on a
 * logarithmic scale: the lowest bytes of all of them first, then the second lowest and so on.
 */
export function roundedBytes({ mean, low, high }: IntervalSummary): readonly Uint8Array[] {
  const places = Int32Array.from(mean, placeOf);
  const distance = (extreme: Float32Array, sign: number) =>
    Int32Array.from(places, (place, i) =>
      place === nan ? 0 : Math.max(0, Math.round((sign * (placeOf(extreme[i] ?? 0) - place)) / perExtreme)),
    );
  const differences = places.map((place, i) => zigzag(place - (places[i - 1] ?? 0)));
  return [
    ...[0, 8, 16].map((shift) => bytesAt(differences, shift)),
    ...[distance(low, -1), distance(high, 1)].flatMap((list) => [bytesAt(list, 0), bytesAt(list, 8)]),
  ];
}

/** Returns the column that was rounded. */
export function roundedSummary(bytes: Uint8Array): IntervalSummary {
  const count = bytes.length / roundedSize;
  const byte = (plane: number, i: number) => bytes[plane * count + i] ?? 0;
  const [mean, low, high] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  let place = 0;
  for (let i = 0; i < count; i++) {
    place += unzigzag(byte(0, i) + 256 * byte(1, i) + 65_536 * byte(2, i));
    const below = perExtreme * (byte(3, i) + 256 * byte(4, i));
    const above = perExtreme * (byte(5, i) + 256 * byte(6, i));
    mean[i] = valueAt(place);
    low[i] = place === nan ? Number.NaN : valueAt(place - below);
    high[i] = place === nan ? Number.NaN : valueAt(place + above);
  }
  return { mean, low, high };
}

/** Returns the place of a value on the scale: symmetric around zero, linear near it, logarithmic beyond. */
function placeOf(value: number): number {
  return Number.isFinite(value)
    ? Math.sign(value) * Math.round(perDoubling * Math.log2(1 + Math.abs(value) / smallest))
    : nan;
}

function valueAt(place: number): number {
  return place === nan
    ? Number.NaN
    : Math.sign(place) * smallest * (2 ** (Math.abs(place) / perDoubling) - 1);
}

/** Maps whole numbers to whole numbers from 0, small ones to small ones. */
function zigzag(number: number): number {
  return number >= 0 ? 2 * number : -2 * number - 1;
}

function unzigzag(number: number): number {
  return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
}

function bytesAt(numbers: Int32Array, shift: number): Uint8Array {
  return Uint8Array.from(numbers, (number) => (number >>> shift) & 0xff);
}
