import type { RunCurves } from "../analysis/run-curves.js";
import { indexFrom } from "../analysis/stats/arrays.js";
import { type AccuracyMetrics, addAccuracy, emptyMetrics } from "../results/run-metrics.js";
import { rowLayout } from "../study/row-layout.js";
import type { Run } from "../study/run.js";
import { createCurveBuilder } from "./curve-builder.js";
import { createLineFollower, type LineFollower } from "./line-follower.js";
import { createRowOffsets } from "./row-offsets.js";
import { createRowParser, measureColumns } from "./row-parser.js";
import { readRange } from "./row-range.js";
import { createFaultFinder, noFaults, type RowFaults } from "./run-health.js";

/** What is known of the rows of a run so far. */
export interface RowsSoFar {
  readonly rows: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** The accuracy where it was measured. */
  readonly accuracy: { readonly steps: readonly number[]; readonly values: readonly number[] };
  readonly metrics: AccuracyMetrics;
  readonly faults: RowFaults;
  /** True if the file has a line that is no row of this run: what follows is not read. */
  readonly isForeign: boolean;
}

/** The rows of a run, read as they are written: of the losses and norms only an overview is held in memory. */
export interface FollowedRows {
  /** Reads a part of what is new in the CSV at a path: see `LineFollower`. */
  readonly follow: LineFollower["follow"];
  soFar(): RowsSoFar;
  /**
   * Returns the curves of the rows in [from, until), in intervals of `width` steps or longer ones: the overview, or rows that
   * are read from the CSV at a path.
   */
  readCurves(path: string, range: StepsWanted): Promise<RunCurves>;
}

/** A range of steps, and the steps in an interval that are enough. */
export interface StepsWanted {
  readonly from: number;
  readonly until: number;
  readonly width: number;
}

/** Measurements that are held. Where there would be more, every second one is dropped. */
const mostMeasurements = 8192;

/** Intervals that a range is divided into at most, however short ones are asked for. */
const mostIntervals = 20_000;

/** Creates the rows of a run, of which nothing is read yet. The overview has at most `intervals` intervals. */
export function createFollowedRows(run: Run, normBound: number, intervals: number): FollowedRows {
  const { columns } = rowLayout(run);
  const parser = createRowParser(run);
  const findFaults = createFaultFinder(run, normBound);
  const overviewWidth = Math.ceil(run.cell.steps / intervals);
  const overview = createCurveBuilder(columns, overviewWidth);
  const offsets = createRowOffsets();
  const measureNames = measureColumns(run);
  let measuredSteps: number[] = [];
  /** For each measure its values at the measured steps; the first is the accuracy. */
  let measured: number[][] = measureNames.map(() => []);
  let state: Omit<RowsSoFar, "accuracy"> = emptyRows;

  function addMeasures(step: number, values: Float64Array): void {
    if (measuredSteps.length === mostMeasurements) {
      const isEven = (_: number, index: number) => index % 2 === 0;
      measuredSteps = measuredSteps.filter(isEven);
      measured = measured.map((column) => column.filter(isEven));
    }
    measuredSteps.push(step);
    for (const [index, column] of measured.entries()) {
      column.push(values[index] ?? Number.NaN);
    }
  }

  const follower = createLineFollower({
    restart() {
      overview.clear();
      offsets.clear();
      measuredSteps = [];
      measured = measureNames.map(() => []);
      state = emptyRows;
    },
    lines(bytes, offset) {
      if (state.isForeign) {
        return;
      }
      let { rows, firstStep, lastStep, metrics, faults } = state;
      let isAscending = true;
      const isOwn = parser.parse(bytes, ({ step, values, measures }, begin) => {
        isAscending = step > lastStep && step < run.cell.steps;
        if (!isAscending) {
          return false;
        }
        firstStep = rows === 0 ? step : firstStep;
        lastStep = step;
        rows++;
        overview.add(step, values);
        offsets.add(step, offset + begin);
        faults = findFaults(faults, step, values);
        const [accuracy = Number.NaN] = measures;
        if (!Number.isNaN(accuracy)) {
          addMeasures(step, measures);
          metrics = addAccuracy(metrics, step, accuracy);
        }
        return true;
      });
      state = { rows, firstStep, lastStep, metrics, faults, isForeign: !isOwn || !isAscending };
    },
  });

  return {
    follow: follower.follow,
    soFar: () => ({ ...state, accuracy: { steps: measuredSteps, values: measured[0] ?? [] } }),
    async readCurves(path, { from, until, width }) {
      const end = Math.min(until, state.lastStep + 1);
      const shortest = Math.ceil((end - from) / mostIntervals);
      const wanted = Math.max(width, shortest);
      const first = indexFrom(measuredSteps, Math.floor(from / wanted) * wanted);
      const last = indexFrom(measuredSteps, until);
      const measures = {
        measuredSteps: Float64Array.from(measuredSteps.slice(first, last)),
        measures: new Map(
          measureNames.map((name, index) => [
            name,
            Float32Array.from((measured[index] ?? []).slice(first, last)),
          ]),
        ),
      };
      if (wanted >= overviewWidth || end <= from) {
        return { ...overview.curves(from, until), ...measures };
      }
      const builder = createCurveBuilder(columns, wanted);
      const begin = Math.floor(from / wanted) * wanted;
      await readRange(path, offsets.before(begin), run, { from: begin, until: end }, builder.add);
      return { ...builder.curves(from, until), ...measures };
    },
  };
}

const emptyRows: Omit<RowsSoFar, "accuracy"> = {
  rows: 0,
  firstStep: 0,
  lastStep: -1,
  metrics: emptyMetrics,
  faults: noFaults,
  isForeign: false,
};
