// What a page asks the server of a watched sweep for. All URLs are relative to the page's, whose path holds the token.
import type { CurveRequest } from "./model.js";

/** GET answers with the `SweepIndex` as JSON. */
export const indexUrl = "index.json";

/** GET with `?since=REVISION` answers at once with the `SweepUpdate` since that revision as JSON; its runs may be none. */
export const updateUrl = "update.json";

/** GET with a query from `curveQuery` answers with `RunCurves` as bytes from `encodeCurves`. */
export const curvesUrl = "curves.bin";

/** How long the page waits from one update to the next request. */
export const updateMilliseconds = 2000;

/** Returns the query that asks for curves. */
export function curveQuery({ run, from, until, width }: CurveRequest): string {
  return new URLSearchParams({
    run,
    from: String(from),
    until: String(until),
    width: String(width),
  }).toString();
}

/** Parses a query; undefined if it is not one that `curveQuery` returns. */
export function parseCurveQuery(query: URLSearchParams): CurveRequest | undefined {
  const whole = (name: string) => {
    const text = query.get(name) ?? "";
    return /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  };
  const [from, until, width] = [whole("from"), whole("until"), whole("width")];
  const run = query.get("run");
  const isValid = run !== null && from <= until && width >= 1;
  return isValid ? { run, from, until, width } : undefined;
}
