import assert from "node:assert/strict";
import { test } from "node:test";
import { gridRuns } from "../../../src/config/grid.js";
import { runName } from "../../../src/config/run-names.js";
import { createQueue } from "../../../src/runner/schedule/queue.js";
import { createScheduler, reduceScheduler } from "../../../src/runner/schedule/scheduler.js";
import type { SchedulerEffect, SchedulerEvent } from "../../../src/runner/schedule/scheduler-events.js";
import type { SchedulerSettings, SchedulerState } from "../../../src/runner/schedule/scheduler-state.js";
import { configOf } from "../../helpers/configs.js";

// The scheduler by tables: each row is an event and the effects that it must have, in order and complete.

const settings: SchedulerSettings = {
  jobs: 2,
  cores: 2,
  gpus: 0,
  lanes: "auto",
  runsPerBatch: 2,
  failFast: false,
};

/** Four runs of ten steps: a and b of one repetition, c and d of the next, all of one key. */
const runs = gridRuns(configOf({ loss: ["cce", "dice"], runs: 2, steps: 10 })).toSorted(
  (a, b) => a.repetition - b.repetition,
);
const [a = "", b = "", c = "", d = ""] = runs.map(runName);

/** One row: an event, and its effects in short. */
type Row = readonly [event: SchedulerEvent, effects: readonly string[]];

/** Checks a table from the first state on, and returns the last state. */
function check(
  changes: Partial<SchedulerSettings>,
  first: readonly string[],
  rows: readonly Row[],
  count = runs.length,
): SchedulerState {
  const queue = createQueue(
    runs.slice(0, count).map((run) => ({
      item: { run, name: runName(run), folder: "" },
      key: "key",
      images: String(run.repetition),
      cost: 1,
    })),
  );
  let [state, effects] = createScheduler({ ...settings, ...changes }, queue);
  assert.deepEqual(effects.map(shortText), first, "at the start");
  for (const [index, [event, expected]] of rows.entries()) {
    const before = structuredClone(state);
    const [next, actual] = reduceScheduler(state, event);
    assert.deepEqual(actual.map(shortText), expected, `row ${index}: ${JSON.stringify(event)}`);
    assert.deepEqual(state, before, `row ${index} changed the state it was given`);
    state = next;
  }
  return state;
}

function shortText(effect: SchedulerEffect): string {
  switch (effect.type) {
    case "assign":
      return `assign ${effect.worker}: ${effect.tasks.map(({ name }) => name).join(", ")}`;
    case "startWorker":
    case "stopWorker":
    case "killWorker":
      return `${effect.type} ${effect.worker}`;
    case "recordFailure":
      return `recordFailure ${runName(effect.run)}`;
    case "announceDevice":
      return `announce ${effect.deviceName}, workers ${effect.workers}`;
    case "addSteps":
    case "addResumedSteps":
    case "dropSteps":
      return `${effect.type} ${effect.steps}`;
    case "print":
    case "showFinishedRun":
      return `${effect.type} ${effect.line}`;
    case "resolve":
      return `resolve ${JSON.stringify(effect.result)}`;
    case "reject":
      return `reject ${effect.exitCode} ${effect.message}`;
    case "stopAllWorkers":
      return effect.type;
  }
}

function ready(worker: number, device: "cpu" | "gpu" = "cpu", notes: readonly string[] = []): SchedulerEvent {
  return {
    type: "workerReady",
    worker,
    device,
    deviceName: device.toUpperCase(),
    usesLanes: device === "gpu",
    notes,
  };
}

const idle = (worker: number): SchedulerEvent => ({ type: "workerIdle", worker });
const exited = (worker: number, reason = "ended"): SchedulerEvent => ({
  ...{ type: "workerExited", worker, reason, recorded: [] },
});
const finished = (name: string): SchedulerEvent => ({
  ...{ type: "runFinished", name, hasNaN: false, accuracy: 0.5 },
});
const failed = (name: string, affectsAll = false): SchedulerEvent => ({
  ...{ type: "runFailed", name, message: "no file", affectsAll },
});
const doneRow = (name: string, steps = 10): Row => [
  finished(name),
  [`addSteps ${steps}`, `showFinishedRun done: ${name}, accuracy 0.5000`],
];
const twoStarted = ["startWorker 0", "startWorker 1"];

test("A sweep without trouble starts workers, assigns all runs, stops the workers and resolves", () => {
  check({}, twoStarted, [
    [ready(0, "cpu", ["a note"]), ["print a note", "announce CPU, workers 2", `assign 0: ${a}`]],
    [ready(1), [`assign 1: ${b}`]],
    [{ type: "runStarted", run: { name: a, steps: 4 } }, ["addResumedSteps 4"]],
    [
      {
        type: "runsProgressed",
        runs: [
          { name: a, steps: 7 },
          { name: b, steps: 2 },
        ],
      },
      ["addSteps 5"],
    ],
    doneRow(a, 3),
    [idle(0), [`assign 0: ${c}`]],
    doneRow(b, 8),
    [idle(1), [`assign 1: ${d}`]],
    doneRow(c),
    [
      { type: "runFinished", name: d, hasNaN: true, accuracy: undefined },
      ["addSteps 10", `showFinishedRun done: ${d}`],
    ],
    [idle(1), ["stopWorker 1"]],
    [exited(1), []],
    [idle(0), ["stopWorker 0"]],
    [exited(0), [`resolve {"finished":4,"failed":[],"withNaN":["${d}"]}`]],
  ]);
});

test("Progress that arrives after the end of a run has no effect on the steps", () => {
  check(
    {},
    ["startWorker 0"],
    [
      [ready(0), ["announce CPU, workers 1", `assign 0: ${a}`]],
      doneRow(a),
      [{ type: "runsProgressed", runs: [{ name: a, steps: 10 }] }, ["addSteps 0"]],
    ],
    1,
  );
});

test("A failed run drops the steps it had left, and stops the sweep only with --fail-fast or if it affects all", () => {
  const before: Row[] = [
    [ready(0), ["announce CPU, workers 2", `assign 0: ${a}`]],
    [{ type: "runsProgressed", runs: [{ name: a, steps: 4 }] }, ["addSteps 4"]],
  ];
  const printed = [`recordFailure ${a}`, "dropSteps 6", `print failed: ${a}: no file`];
  const result = (stopped: string) =>
    `resolve {"finished":0,"failed":[{"name":"${a}","message":"no file"}],"withNaN":[],"stopped":"${stopped}"}`;
  check({}, twoStarted, [...before, [failed(a), printed]]);
  check({ failFast: true }, twoStarted, [
    ...before,
    [failed(a), [...printed, "stopAllWorkers"]],
    [exited(0), []],
    [exited(1), [result("--fail-fast")]],
  ]);
  check({}, twoStarted, [
    ...before,
    [failed(a, true), [...printed, "stopAllWorkers"]],
    [exited(1), []],
    [exited(0), [result("this error would affect every run")]],
  ]);
});

test("A worker that exits fails its runs without a record, finishes those with one, and is replaced", () => {
  check(
    { jobs: 1, runsPerBatch: 4 },
    ["startWorker 0"],
    [
      [ready(0), ["announce CPU, workers 1", `assign 0: ${a}, ${b}`]],
      [
        { type: "workerExited", worker: 0, reason: "crashed", recorded: [{ name: b, hasNaN: false }] },
        [
          `recordFailure ${a}`,
          "dropSteps 10",
          `print failed: ${a}: its worker crashed`,
          "addSteps 10",
          `showFinishedRun done: ${b}`,
          "startWorker 1",
        ],
      ],
      [ready(1), [`assign 1: ${c}, ${d}`]],
    ],
  );
});

test("A worker that becomes unusable is killed and replaced; one that never was ready ends the sweep", () => {
  const unusable = (worker: number, exitCode: number): SchedulerEvent => ({
    ...{ type: "workerUnusable", worker, message: "no memory", exitCode, recorded: [] },
  });
  check(
    { jobs: 1 },
    ["startWorker 0"],
    [
      [ready(0), ["announce CPU, workers 1", `assign 0: ${a}, ${b}`]],
      [
        unusable(0, 1),
        [
          ...[`recordFailure ${a}`, "dropSteps 10", `print failed: ${a}: no memory`],
          ...[`recordFailure ${b}`, "dropSteps 10", `print failed: ${b}: no memory`],
          "killWorker 0",
        ],
      ],
      [exited(0), ["startWorker 1"]],
    ],
  );
  check({}, twoStarted, [
    [unusable(0, 3), ["stopAllWorkers", "killWorker 0"]],
    [exited(0), []],
    [exited(1), ["reject 3 no memory"]],
  ]);
  check({}, twoStarted, [
    [unusable(0, 77), ["stopAllWorkers", "killWorker 0"]],
    [exited(0), []],
    [exited(1), ["reject 1 no memory"]],
  ]);
});

test("The first worker that exits before any was ready ends the sweep; later only three in a row do", () => {
  check({}, twoStarted, [
    [exited(0, "crashed"), ["stopAllWorkers"]],
    [exited(1), ["reject 3 a worker crashed before it was ready"]],
  ]);
  check({ runsPerBatch: 1 }, twoStarted, [
    [ready(0), ["announce CPU, workers 2", `assign 0: ${a}`]],
    [exited(1), ["startWorker 2"]],
    [exited(2), ["startWorker 3"]],
    [exited(3, "crashed"), ["stopAllWorkers"]],
    doneRow(a),
    [
      exited(0),
      ['resolve {"finished":1,"failed":[],"withNaN":[],"stopped":"a worker crashed before it was ready"}'],
    ],
  ]);
});

test("After a request to stop no run is assigned or failed and no worker is started", () => {
  check(
    { jobs: "auto", cores: 4, gpus: 1 },
    ["startWorker 0"],
    [
      [{ type: "stopRequested" }, ["stopAllWorkers"]],
      [{ type: "stopRequested" }, []],
      [ready(0), ["announce CPU, workers 4", "stopWorker 0"]],
      [exited(0), ['resolve {"finished":0,"failed":[],"withNaN":[]}']],
    ],
  );
  check(
    { jobs: 1 },
    ["startWorker 0"],
    [
      [ready(0), ["announce CPU, workers 1", `assign 0: ${a}, ${b}`]],
      [{ type: "stopRequested" }, ["stopAllWorkers"]],
      [exited(0, "was killed"), ['resolve {"finished":0,"failed":[],"withNaN":[]}']],
    ],
  );
});

test("A worker with lanes is assigned as many runs as --lanes allows, whatever the runs of a CPU's batch", () => {
  const gpu: Partial<SchedulerSettings> = { jobs: "auto", gpus: 1, runsPerBatch: 1 };
  const all = `${a}, ${b}, ${c}, ${d}`;
  check(gpu, ["startWorker 0"], [[ready(0, "gpu"), ["announce GPU, workers 1", `assign 0: ${all}`]]]);
  check(
    { ...gpu, lanes: 3 },
    ["startWorker 0"],
    [[ready(0, "gpu"), ["announce GPU, workers 1", `assign 0: ${a}, ${b}, ${c}`]]],
  );
});

test("Where one of two GPUs is not used, its worker is stopped; where neither is, the CPU gets a worker per core", () => {
  const gpus: Partial<SchedulerSettings> = { jobs: "auto", cores: 3, gpus: 2 };
  check(gpus, twoStarted, [
    [ready(0), ["stopWorker 0"]],
    [ready(1, "gpu"), ["announce GPU, workers 1", `assign 1: ${a}, ${b}, ${c}, ${d}`]],
    [exited(0), []],
  ]);
  check(gpus, twoStarted, [
    [ready(0), ["stopWorker 0"]],
    [exited(0), []],
    [ready(1), ["announce CPU, workers 3", "startWorker 2", "startWorker 3", `assign 1: ${a}`]],
  ]);
});
