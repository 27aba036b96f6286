import assert from "node:assert/strict";
import { join } from "node:path";
import { gridRuns } from "../../src/config/grid.js";
import { cellName, runName } from "../../src/config/run-names.js";
import type { BatchContext } from "../../src/runner/runs/batch.js";
import type { Engine } from "../../src/runner/workers/engine.js";
import type { FromWorker, Task } from "../../src/runner/workers/protocol.js";
import { rowLayout } from "../../src/study/row-layout.js";
import type { Run } from "../../src/study/run.js";
import type { Snapshot, Trainer, TrainingSession } from "../../src/study/training.js";
import { configOf } from "./configs.js";

// Training without TensorFlow. Every number depends on all numbers before it, so that a wrong resumption changes them.

/** A trainer that remembers how it was used. */
export interface FakeTrainer extends Trainer {
  /** The first steps of the runs, for each call of `train`. */
  readonly startSteps: number[][];
  /** Returns the number of sessions that are not closed. */
  readonly open: () => number;
}

interface Lane {
  readonly run: Run;
  step: number;
  state: number;
  isDropped: boolean;
}

/** Creates a trainer with chunks of `chunk` steps. With lanes it trains all runs at once, and asserts that they are at the same step. */
export function createFakeTrainer(chunk: number, usesLanes = false): FakeTrainer {
  const startSteps: number[][] = [];
  let open = 0;
  return {
    startSteps,
    open: () => open,
    train(runs, snapshots = []) {
      const lanes = runs.map((run, index) => createLane(run, snapshots[index]));
      startSteps.push(lanes.map(({ step }) => step));
      if (usesLanes) {
        assert.equal(new Set(lanes.map(({ step }) => step)).size, 1);
      }
      open += 1;
      return sessionOf(lanes, chunk, usesLanes, () => {
        open -= 1;
      });
    },
    close() {},
  };
}

function createLane(run: Run, snapshot: Snapshot | undefined): Lane {
  const state = snapshot?.tensors[0]?.values[0] ?? 0.125 * run.repetition;
  return { run, step: snapshot?.step ?? 0, state, isDropped: false };
}

function sessionOf(
  lanes: readonly Lane[],
  chunk: number,
  usesLanes: boolean,
  close: () => void,
): TrainingSession {
  const laneOf = (index: number) => lanes[index] ?? assert.fail();
  return {
    next() {
      const unfinished = lanes.filter((lane) => !lane.isDropped && lane.step < lane.run.cell.steps);
      if (unfinished.length === 0) {
        return undefined;
      }
      const [behind] = unfinished.toSorted((a, b) => a.step - b.step);
      const advanced = usesLanes ? lanes : [behind ?? assert.fail()];
      return advanced.map((lane) => ({ index: lanes.indexOf(lane), ...advance(lane, chunk) }));
    },
    snapshot: (index) => ({
      step: laneOf(index).step,
      tensors: [{ name: "state", shape: [1], values: Float32Array.of(laneOf(index).state) }],
    }),
    weights: (index) => [{ name: "final.state", shape: [1], values: Float32Array.of(laneOf(index).state) }],
    drop(index) {
      laneOf(index).isDropped = true;
    },
    close,
  };
}

function advance(lane: Lane, chunk: number) {
  const firstStep = lane.step;
  // As in real training, a chunk ends where an accuracy is measured.
  const steps = Math.min(chunk, lane.run.cell.steps - firstStep, 10 - (firstStep % 10));
  const width = rowLayout(lane.run).columns.length;
  const values = new Float32Array(steps * width);
  for (let index = 0; index < values.length; index++) {
    lane.state = Math.fround(Math.sin(lane.state * 3 + (index % width) + 1));
    values[index] = lane.state;
  }
  lane.step += steps;
  const accuracy = lane.step % 10 === 0 ? Math.fround(0.5 + lane.step / 1000) : undefined;
  return { firstStep, steps, values, accuracy };
}

/** Returns an engine with a trainer. */
export function engineOf(trainer: Trainer, usesLanes = false): Engine {
  return {
    trainer,
    device: usesLanes ? "gpu" : "cpu",
    deviceName: "fake",
    gpu: usesLanes ? "1" : undefined,
    usesLanes,
    xla: true,
    tensorflow: "2.0.0",
    threads: 1,
    identity: "fake",
    notes: [],
  };
}

/** Where the runs of these tests come from. */
export const origin = {
  configHash: "0".repeat(64),
  command: "segloss sweep fake.json",
  provenance: { segloss: "0.1.0", commit: undefined, dirty: undefined, node: "v20", tfjs: "4" },
  saveWeights: false,
};

/** Returns a context that collects reports, asks to stop after `stopAfter` chunks, and is an orphan from call `orphanAfter` on. */
export function batchContext(
  trainer: Trainer,
  { stopAfter = Number.POSITIVE_INFINITY, orphanAfter = Number.POSITIVE_INFINITY, usesLanes = false } = {},
): BatchContext & { readonly reports: FromWorker[] } {
  const reports: FromWorker[] = [];
  let asked = 0;
  let chunks = 0;
  const counting: Trainer = {
    ...trainer,
    train(runs, snapshots) {
      const session = trainer.train(runs, snapshots);
      const next = (): ReturnType<typeof session.next> => {
        const trained = session.next();
        chunks += trained === undefined ? 0 : 1;
        return trained;
      };
      return { ...session, next };
    },
  };
  return {
    engine: engineOf(counting, usesLanes),
    origin,
    reports,
    report: (message) => reports.push(message),
    shouldStop: () => chunks >= stopAfter,
    isOrphan: () => asked++ >= orphanAfter,
  };
}

/** Returns the runs of a config as tasks in a folder. */
export function tasksOf(folder: string, config: object): readonly Task[] {
  return gridRuns(configOf(config)).map((run) => ({
    run,
    name: runName(run),
    folder: join(folder, cellName(run.cell, run.columns)),
  }));
}
