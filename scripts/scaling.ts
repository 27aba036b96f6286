import { deserialize, serialize } from "node:v8";
import { gridRuns } from "../src/config/grid.js";
import { loadConfig } from "../src/config/load.js";
import { orThrow } from "../src/config/problems.js";
import { runName } from "../src/config/run-names.js";
import { createQueue } from "../src/runner/schedule/queue.js";
import { createScheduler, reduceScheduler } from "../src/runner/schedule/scheduler.js";
import type { SchedulerEffect, SchedulerEvent } from "../src/runner/schedule/scheduler-events.js";
import type { Task } from "../src/runner/workers/protocol.js";
import { costOf } from "../src/study/lanes/cost.js";
import { type Run, studyCell } from "../src/study/run.js";
import { signatureKey } from "../src/study/training.js";
import { lowerBound } from "./scaling/bound.js";

// How a sweep scales to many workers: `npm run scaling [-- RUNS or CONFIG]`, of that many runs of the study without batch
// norm, or of all runs of a config. The real scheduler and the real messages, but workers that only pretend to train, in
// simulated time; only the main process's own work is measured.
//
// For every number of workers it prints how long the sweep takes, and the bound that no order of its runs can go below; the
// share of time that workers idle at the end; and what share of one core the main process needs: above 100 % it could not
// keep up.

/** Seconds that a worker needs to start, to change to another program, and for one step, as in docs/performance.md. */
const cost = { start: 1.2, change: 0.6, step: 108e-6, batchNormStep: 121e-6 } as const;

/** Steps in one call of TensorFlow, and the least seconds between two reports of a worker's progress. */
const chunk = 250;
const progressSeconds = 0.1;

const [, , named = "1080"] = process.argv;
const tasks = /^\d+$/.test(named) ? studyTasks(Number(named)) : configTasks(named);
const runSteps = tasks.reduce((total, { run }) => total + run.cell.steps, 0);

interface Pending {
  readonly at: number;
  readonly event: SchedulerEvent;
}

console.log(`${tasks.length} runs, ${runSteps} steps`);
for (const workers of [2, 8, 16, 64, 256]) {
  const { seconds, idle, events, busy } = simulate(workers);
  const perStep = (busy / runSteps) * 1e9;
  const bound = lowerBound(tasks.map(secondsOf), workers, cost.start);
  console.log(
    `${String(workers).padStart(4)} workers: ${seconds.toFixed(2).padStart(6)} s, bound ${bound.toFixed(2).padStart(6)} s, ` +
      `${(100 * idle).toFixed(1)} % idle; ` +
      `main process ${((100 * busy) / seconds).toFixed(2)} % of a core, ` +
      `${((busy / events) * 1e6).toFixed(0)} us an event, ${perStep.toFixed(0)} ns a run-step`,
  );
}

/** Simulates a sweep. Returns its length, the share of idle worker time, and what the main process really needed. */
function simulate(workers: number): { seconds: number; idle: number; events: number; busy: number } {
  const pending: Pending[] = [];
  let now = 0;
  let trained = 0;
  let events = 0;
  let busy = 0;
  const keys = new Map<number, string>();
  const settings = {
    jobs: workers,
    cores: workers,
    gpus: 0,
    lanes: 1,
    runsPerBatch: "auto",
    failFast: false,
  } as const;
  const items = tasks.map((task) => ({
    ...{
      item: task,
      key: signatureKey(task.run),
      images: String(task.run.repetition),
      cost: costOf(task.run),
    },
  }));
  const created = createScheduler(settings, createQueue(items));
  let state = created[0];
  created[1].forEach(carryOut);
  for (;;) {
    const next = takeEarliest(pending);
    if (next === undefined) {
      break;
    }
    now = next.at;
    const bytes = serialize(next.event);
    const before = process.cpuUsage();
    const [after, effects] = reduceScheduler(state, deserialize(bytes) as SchedulerEvent);
    for (const effect of effects) {
      if (effect.type === "assign") {
        serialize(effect.tasks);
      }
    }
    const { user, system } = process.cpuUsage(before);
    busy += (user + system) / 1e6;
    events += 1;
    state = after;
    effects.forEach(carryOut);
  }
  // No more workers than runs are started.
  const started = Math.min(workers, tasks.length) * cost.start;
  return { seconds: now, idle: 1 - (trained + started) / (now * workers), events, busy };

  /** A worker's first program is part of its start. */
  function changeSeconds(worker: number, [first]: readonly Task[]): number {
    const key = first === undefined ? "" : signatureKey(first.run);
    const last = keys.get(worker);
    keys.set(worker, key);
    return last === undefined || last === key ? 0 : cost.change;
  }

  function carryOut(effect: SchedulerEffect): void {
    const later = (seconds: number, event: SchedulerEvent): void => {
      pending.push({ at: now + seconds, event });
    };
    switch (effect.type) {
      case "startWorker":
        later(cost.start, {
          ...{ type: "workerReady", worker: effect.worker, device: "cpu", deviceName: "cpu" },
          ...{ usesLanes: false, notes: [] },
        });
        break;
      case "assign":
        trained += assign(effect.worker, effect.tasks, changeSeconds(effect.worker, effect.tasks), later);
        break;
      case "stopWorker":
        later(0, { type: "workerExited", worker: effect.worker, reason: "ended", recorded: [] });
        break;
    }
  }
}

/** Schedules the events of a worker that trains some runs side by side. Returns how long it takes. */
function assign(
  worker: number,
  group: readonly Task[],
  change: number,
  later: (seconds: number, event: SchedulerEvent) => void,
): number {
  const seconds = group.reduce((total, task) => total + secondsOf(task), 0);
  const chunkSeconds = (seconds * chunk) / group.reduce((total, { run }) => total + run.cell.steps, 0);
  for (const [index, { name }] of group.entries()) {
    later(0, { type: "runStarted", run: { name, steps: 0 } });
    later(change + seconds - (group.length - index) * chunkSeconds, {
      ...{ type: "runFinished", name, hasNaN: false, accuracy: 0.99 },
    });
  }
  const messages = Math.floor(seconds / Math.max(progressSeconds, chunkSeconds));
  for (let message = 1; message < messages; message++) {
    const runs = group.map(({ name, run }) => ({
      ...{ name, steps: Math.floor((run.cell.steps * message) / messages) },
    }));
    later(change + (seconds * message) / messages, { type: "runsProgressed", runs });
  }
  later(change + seconds, { type: "workerIdle", worker });
  return change + seconds;
}

/** Returns how long a run takes. */
function secondsOf({ run: { cell } }: Task): number {
  return cell.steps * (cell.batchNorm ? cost.batchNormStep : cost.step);
}

function studyTasks(count: number): Task[] {
  return Array.from({ length: count }, (_, index) => {
    const run: Run = {
      ...{ cell: studyCell, repetition: index % 3, seed: 1, monitor: ["cce", "dice", "dicefg"] },
      ...{ perLayer: false, metrics: [], columns: [] },
    };
    return { run, name: `adam-t0.5-cce/run-${index}`, folder: "runs/original/adam-t0.5-cce" };
  });
}

function configTasks(file: string): Task[] {
  const { config } = orThrow(loadConfig(file));
  return gridRuns(config).map((run) => ({ run, name: runName(run), folder: `runs/${file}` }));
}

/** Removes and returns the earliest event; undefined if there is none. */
function takeEarliest(pending: Pending[]): Pending | undefined {
  // Node's sort takes linear time here: all but the events appended since the last call are in order.
  pending.sort((a, b) => b.at - a.at);
  return pending.pop();
}
