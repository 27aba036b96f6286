// Curves as bytes: the same in an embedded page and by HTTP. It imports types alone, since the page uses it too.
import type { RunCurves } from "../analysis/run-curves.js";
import type { IntervalSummary } from "../analysis/stats/intervals.js";

/** What stands before the numbers of encoded curves. */
interface CurvesHeader {
  readonly width: number;
  readonly intervals: number;
  readonly columns: readonly string[];
  readonly measured: number;
  readonly measures: readonly string[];
}

/**
 * Returns curves as bytes: the length of a header as 32 bits, the header as JSON, then all numbers. These are the steps
 * as float64, of each column the means, and unless every row stands for itself the lowest and the highest, and the
 * measures, as float32. The bytes of a list of numbers are not side by side: first come the lowest of each, then the
 * second lowest and so on, since like bytes side by side are what deflate compresses.
 */
export function encodeCurves({ width, steps, columns, measuredSteps, measures }: RunCurves): Uint8Array {
  const head: CurvesHeader = {
    width,
    intervals: steps.length,
    columns: [...columns.keys()],
    measured: measuredSteps.length,
    measures: [...measures.keys()],
  };
  const header = new TextEncoder().encode(JSON.stringify(head));
  const lists = [
    steps,
    measuredSteps,
    ...[...columns.values()].flatMap(({ mean, low, high }) => (width === 1 ? [mean] : [mean, low, high])),
    ...measures.values(),
  ];
  const planes = lists.map(bytePlanes);
  const bytes = new Uint8Array(4 + header.length + planes.reduce((sum, { length }) => sum + length, 0));
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  let offset = 4 + header.length;
  for (const plane of planes) {
    bytes.set(plane, offset);
    offset += plane.length;
  }
  return bytes;
}

/** Returns the curves that were encoded. */
export function decodeCurves(bytes: Uint8Array): RunCurves {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let offset = 4 + headerLength;
  const head: CurvesHeader = JSON.parse(new TextDecoder().decode(bytes.subarray(4, offset)));
  const next = (count: number, size: number) => {
    const list = joinPlanes(bytes.subarray(offset, offset + count * size), size);
    offset += count * size;
    return list.buffer;
  };
  const doubles = (count: number) => new Float64Array(next(count, 8));
  const singles = (count: number) => new Float32Array(next(count, 4));
  const steps = doubles(head.intervals);
  const measuredSteps = doubles(head.measured);
  const interval = (): IntervalSummary => {
    const mean = singles(head.intervals);
    return head.width === 1
      ? { mean, low: mean, high: mean }
      : { mean, low: singles(head.intervals), high: singles(head.intervals) };
  };
  return {
    width: head.width,
    steps,
    columns: new Map(head.columns.map((name) => [name, interval()])),
    measuredSteps,
    measures: new Map(head.measures.map((name) => [name, singles(head.measured)])),
  };
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
