import type { RunCurves } from "../../../analysis/run-curves.js";
import type { DataSource, IndexRun } from "../../model.js";
import { joinCurves } from "../../view/join-curves.js";
import type { StepRange } from "../../view/view-state.js";

/** Curves that were read, and those that are being read. */
export interface CurveCache {
  /**
   * Returns the curves of a run, for a range of steps as finely as a screen shows them. Until they are there it returns
   * the best that is, or undefined, and calls `onLoad` later.
   */
  read(run: IndexRun, range: StepRange | undefined): RunCurves | undefined;
}

/** An entry of the cache. */
interface CachedCurves {
  readonly curves: RunCurves | undefined;
  /** Rows that the run had when the curves were asked for. */
  readonly rows: number;
  readonly isLoading: boolean;
}

/** Intervals of a range that are enough for any screen. */
const enoughIntervals = 1200;

/** Steps beside a range that moving averages within it need. */
const margin = 600;

/** Entries that are kept; those of other ranges than the current one are of no more use. */
const mostEntries = 500;

/** Creates the cache of a source. A run that grows is read from where its curves end. */
export function createCurveCache(source: DataSource, onLoad: () => void): CurveCache {
  const entries = new Map<string, CachedCurves>();
  const load = async (key: string, run: IndexRun, whole: StepRange, width: number) => {
    const entry = entries.get(key);
    // A run with fewer rows than before has begun again: its old curves do not go on.
    const before = entry !== undefined && run.rows < entry.rows ? undefined : entry?.curves;
    entries.set(key, { curves: before, rows: run.rows, isLoading: true });
    try {
      // The last interval may have had fewer rows than now.
      const from = before?.steps.at(-1) ?? whole.from;
      const start = Math.floor(from / width) * width;
      const read = await source.readCurves({ run: run.id, from: start, until: whole.to, width });
      const curves = before?.width === read.width ? joinCurves(before, read) : read;
      entries.set(key, { curves, rows: run.rows, isLoading: false });
    } catch {
      // The next update of a live page asks again.
      entries.set(key, { curves: before, rows: -1, isLoading: false });
    }
    onLoad();
  };
  return {
    read(run, range) {
      if (run.rows === 0) {
        return undefined;
      }
      const whole = { from: 0, to: Number.MAX_SAFE_INTEGER };
      const all = runEntry(run, whole, Math.max(run.plannedRows ?? 0, run.lastStep + 1));
      if (!source.isLive || range === undefined || all?.width === 1) {
        return all;
      }
      const span = range.to - range.from + 1;
      // Ranges that overlap share an entry, so that panning reads little.
      const from = Math.max(0, Math.floor((range.from - margin) / span) * span);
      const to = Math.ceil((range.to + margin) / span) * span;
      return runEntry(run, { from, to }, to - from) ?? all;
    },
  };

  function runEntry(run: IndexRun, range: StepRange, span: number): RunCurves | undefined {
    const width = Math.max(1, Math.ceil(span / enoughIntervals));
    const key = `${run.id} ${width} ${range.from} ${range.to}`;
    const entry = entries.get(key);
    const isOld = entry === undefined || (source.isLive && entry.rows !== run.rows);
    if (isOld && entry?.isLoading !== true) {
      if (entries.size >= mostEntries && source.isLive) {
        entries.clear();
      }
      void load(key, run, range, width);
    }
    return entries.get(key)?.curves;
  }
}
