// Curves as bytes: the same in an embedded page and by HTTP. It imports types and pure code alone, since the page uses it.
import type { RunCurves } from "../analysis/run-curves.js";
import type { IntervalSummary } from "../analysis/stats/intervals.js";
import { roundedBytes, roundedSize, roundedSummary } from "./rounded-values.js";

/** "exact" keeps every float32. "rounded" keeps means within 0.1 % and extremes within 2 %, in a third of the bytes. */
export type CurvePrecision = "exact" | "rounded";

/** What stands before the numbers of encoded curves. */
interface CurvesHeader {
  readonly precision: CurvePrecision;
  readonly width: number;
  readonly intervals: number;
  readonly columns: readonly string[];
  readonly measured: number;
  readonly measures: readonly string[];
}

/**
 * Returns curves as bytes: the length of a header as 32 bits, the header as JSON, then all numbers. These are the steps
 * as float64; of each column the means, and unless every row stands for itself the lowest and the highest; and the
 * measures as float32. The bytes of a list of numbers are not side by side: first come the lowest of each, then the
 * second lowest and so on, since like bytes side by side are what deflate compresses.
 */
export function encodeCurves(curves: RunCurves, precision: CurvePrecision = "exact"): Uint8Array {
  const { width, steps, columns, measuredSteps, measures } = curves;
  const head: CurvesHeader = {
    precision,
    width,
    intervals: steps.length,
    columns: [...columns.keys()],
    measured: measuredSteps.length,
    measures: [...measures.keys()],
  };
  const header = new TextEncoder().encode(JSON.stringify(head));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return joinBytes([
    length,
    header,
    bytePlanes(steps),
    bytePlanes(measuredSteps),
    ...[...columns.values()].flatMap((column) =>
      precision === "rounded" ? roundedBytes(column) : exactBytes(column, width),
    ),
    ...[...measures.values()].map(bytePlanes),
  ]);
}

function exactBytes({ mean, low, high }: IntervalSummary, width: number): readonly Uint8Array[] {
  return (width === 1 ? [mean] : [mean, low, high]).map(bytePlanes);
}

/** Returns the curves that were encoded. */
export function decodeCurves(bytes: Uint8Array): RunCurves {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let offset = 4 + headerLength;
  const head: CurvesHeader = JSON.parse(new TextDecoder().decode(bytes.subarray(4, offset)));
  const next = (size: number) => {
    offset += size;
    return bytes.subarray(offset - size, offset);
  };
  const doubles = (count: number) => new Float64Array(joinPlanes(next(8 * count), 8).buffer);
  const singles = (count: number) => new Float32Array(joinPlanes(next(4 * count), 4).buffer);
  const summary = (): IntervalSummary => {
    if (head.precision === "rounded") {
      return roundedSummary(next(roundedSize * head.intervals));
    }
    const mean = singles(head.intervals);
    return head.width === 1
      ? { mean, low: mean, high: mean }
      : { mean, low: singles(head.intervals), high: singles(head.intervals) };
  };
  const steps = doubles(head.intervals);
  const measuredSteps = doubles(head.measured);
  return {
    width: head.width,
    steps,
    columns: new Map(head.columns.map((name) => [name, summary()])),
    measuredSteps,
    measures: new Map(head.measures.map((name) => [name, singles(head.measured)])),
  };
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Returns the bytes of numbers, the lowest of all of them first. */
function bytePlanes(numbers: Float32Array | Float64Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const size = numbers.BYTES_PER_ELEMENT;
  const planes = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    planes[(i % size) * numbers.length + Math.floor(i / size)] = bytes[i] ?? 0;
  }
  return planes;
}

/** Returns the bytes of numbers of this size from their planes. */
function joinPlanes(planes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(planes.length);
  const count = planes.length / size;
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = planes[(i % size) * count + Math.floor(i / size)] ?? 0;
  }
  return bytes;
}
