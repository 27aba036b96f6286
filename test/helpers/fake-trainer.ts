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

// A training without TensorFlow: numbers that depend on all that was before, so that they show whether a run was gone on with.

export interface FakeTrainer extends Trainer {
  /** The steps that each call of `train` began at. */
  readonly startSteps: number[][];
  readonly open: () => number;
}

interface Lane {
  readonly run: Run;
  step: number;
  state: number;
  isDropped: boolean;
}

/** Chunks of so many steps. A wide one trains all its runs at once, and insists that they are at one step. */
export function createFakeTrainer(chunk: number, usesLanes = false): FakeTrainer {
  const startSteps: number[][] = [];
  let open = 0;
  return {
    startSteps,
    open: () => open,
    train(runs, snapshots = []) {
      const lanes = runs.map((run, index) => begin(run, snapshots[index]));
      startSteps.push(lanes.map(({ step }) => step));
      if (usesLanes) {
        assert.equal(new Set(lanes.map(({ step }) => step)).size, 1);
      }
      open += 1;
      return progressOf(lanes, chunk, usesLanes, () => {
        open -= 1;
      });
    },
    close() {},
  };
}

function begin(run: Run, snapshot: Snapshot | undefined): Lane {
  const state = snapshot?.tensors[0]?.values[0] ?? 0.125 * run.repetition;
  return { run, step: snapshot?.step ?? 0, state, isDropped: false };
}

function progressOf(
  lanes: readonly Lane[],
  chunk: number,
  usesLanes: boolean,
  close: () => void,
): TrainingSession {
  const laneOf = (index: number) => lanes[index] ?? assert.fail();
  return {
    next() {
      const left = lanes.filter((lane) => !lane.isDropped && lane.step < lane.run.cell.steps);
      if (left.length === 0) {
        return undefined;
      }
      const [behind] = left.toSorted((a, b) => a.step - b.step);
      const some = usesLanes ? lanes : [behind ?? assert.fail()];
      return some.map((lane) => ({ index: lanes.indexOf(lane), ...advance(lane, chunk) }));
    },
    snapshot: (index) => ({
      step: laneOf(index).step,
      tensors: [{ name: "state", shape: [1], values: Float32Array.of(laneOf(index).state) }],
    }),
    drop(index) {
      laneOf(index).isDropped = true;
    },
    close,
  };
}

function advance(lane: Lane, chunk: number) {
  const firstStep = lane.step;
  // As in the study, a chunk ends where an accuracy is measured.
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

/** An engine around a trainer. */
export function engineOf(trainer: Trainer, usesLanes = false): Engine {
  return {
    trainer,
    device: usesLanes ? "gpu" : "cpu",
    deviceName: "made",
    gpu: usesLanes ? "1" : undefined,
    usesLanes,
    xla: true,
    tensorflow: "2.0.0",
    threads: 1,
    identity: "made",
    notes: [],
  };
}

export const origin = {
  configHash: "0".repeat(64),
  command: "segloss sweep made.json",
  provenance: { segloss: "0.1.0", commit: undefined, dirty: undefined, node: "v20", tfjs: "4" },
};

/** A context that keeps what it reports; `stopAfter` so many chunks. */
export function batchContext(
  trainer: Trainer,
  { stopAfter = Number.POSITIVE_INFINITY, orphanAfter = Number.POSITIVE_INFINITY, usesLanes = false } = {},
): BatchContext & { readonly reports: FromWorker[] } {
  const reports: FromWorker[] = [];
  let asked = 0;
  const chunks = () => reports.filter(({ type }) => type === "runsProgressed").length;
  return {
    engine: engineOf(trainer, usesLanes),
    origin,
    reports,
    report: (message) => reports.push(message),
    shouldStop: () => chunks() >= stopAfter,
    isOrphan: () => asked++ >= orphanAfter,
  };
}

/** The runs of a config as tasks in a folder. */
export function tasksOf(folder: string, config: object): readonly Task[] {
  return gridRuns(configOf(config)).map((run) => ({
    run,
    name: runName(run),
    folder: join(folder, cellName(run.cell, run.columns)),
  }));
}
