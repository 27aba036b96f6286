import type { RunCurves } from "../../analysis/run-curves.js";

/**
 * Returns curves with newer rows after them. `newer` begins where an interval of `older` does, which it replaces together
 * with all later ones. Both must have intervals of the same length.
 */
export function joinCurves(older: RunCurves, newer: RunCurves): RunCurves {
  const from = Math.min(
    newer.steps[0] ?? Number.POSITIVE_INFINITY,
    newer.measuredSteps[0] ?? Number.POSITIVE_INFINITY,
  );
  const intervals = older.steps.filter((step) => step < from).length;
  const measured = older.measuredSteps.filter((step) => step < from).length;
  const names = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
    [...one.keys()].filter((name) => other.has(name));
  return {
    width: newer.width,
    steps: joinDoubles(older.steps.subarray(0, intervals), newer.steps),
    columns: new Map(
      names(older.columns, newer.columns).map((name) => {
        const [one, other] = [older.columns.get(name), newer.columns.get(name)];
        const join = (part: "mean" | "low" | "high") =>
          joinSingles(one?.[part].subarray(0, intervals), other?.[part]);
        const mean = join("mean");
        const isRaw = newer.width === 1;
        return [name, { mean, low: isRaw ? mean : join("low"), high: isRaw ? mean : join("high") }];
      }),
    ),
    measuredSteps: joinDoubles(older.measuredSteps.subarray(0, measured), newer.measuredSteps),
    measures: new Map(
      names(older.measures, newer.measures).map((name) => [
        name,
        joinSingles(older.measures.get(name)?.subarray(0, measured), newer.measures.get(name)),
      ]),
    ),
  };
}

function joinDoubles(one: Float64Array, other: Float64Array): Float64Array {
  const joined = new Float64Array(one.length + other.length);
  joined.set(one);
  joined.set(other, one.length);
  return joined;
}

function joinSingles(
  one: Float32Array = new Float32Array(0),
  other: Float32Array = new Float32Array(0),
): Float32Array {
  const joined = new Float32Array(one.length + other.length);
  joined.set(one);
  joined.set(other, one.length);
  return joined;
}
