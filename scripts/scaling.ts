import { deserialize, serialize } from "node:v8";
import { createQueue } from "../src/runner/schedule/queue.js";
import { createScheduler, reduceScheduler } from "../src/runner/schedule/scheduler.js";
import type { SchedulerEffect, SchedulerEvent } from "../src/runner/schedule/scheduler-events.js";
import type { Task } from "../src/runner/workers/protocol.js";
import { type Run, studyCell } from "../src/study/run.js";

// How a sweep scales to many workers: `npm run scaling [-- RUNS]`. The real scheduler and the real messages, but workers
// that only pretend to train, in simulated time; only the main process's own work is measured.
//
// For every number of workers it prints the share of time that workers idle at the end, and what share of one core the main
// process needs: above 100 % it could not keep up.

/** Seconds that a worker needs to start and for one step, as in docs/performance.md. */
const cost = { start: 1.2, step: 108e-6 } as const;

/** Steps in one call of TensorFlow, and the least seconds between two reports of a worker's progress. */
const chunk = 250;
const progressSeconds = 0.1;

const runCount = Number(process.argv[2] ?? 1080);
const steps = studyCell.steps;

interface Pending {
  readonly at: number;
  readonly event: SchedulerEvent;
}

console.log(`${runCount} runs of ${steps} steps`);
for (const workers of [2, 8, 16, 64, 256]) {
  const { seconds, idle, events, busy } = simulate(workers);
  const perStep = (busy / (runCount * steps)) * 1e9;
  console.log(
    `${String(workers).padStart(4)} workers: ${seconds.toFixed(0).padStart(5)} s, ${(100 * idle).toFixed(1)} % idle; ` +
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
  const settings = {
    jobs: workers,
    cores: workers,
    gpus: 0,
    lanes: 1,
    runsPerBatch: "auto",
    failFast: false,
  } as const;
  const items = tasks(runCount).map((task) => ({
    ...{ item: task, key: "step", images: String(task.run.repetition), cost: steps },
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
  return { seconds: now, idle: 1 - (trained + workers * cost.start) / (now * workers), events, busy };

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
        trained += assign(effect.worker, effect.tasks, later);
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
  later: (seconds: number, event: SchedulerEvent) => void,
): number {
  const seconds = group.length * steps * cost.step;
  const chunkSeconds = chunk * cost.step;
  for (const [index, { name }] of group.entries()) {
    later(0, { type: "runStarted", run: { name, steps: 0 } });
    later(seconds - (group.length - index) * chunkSeconds, {
      ...{ type: "runFinished", name, hasNaN: false, accuracy: 0.99 },
    });
  }
  const messages = Math.floor(seconds / Math.max(progressSeconds, chunkSeconds));
  for (let message = 1; message < messages; message++) {
    const done = Math.floor((steps * message) / messages);
    const runs = group.map(({ name }) => ({ name, steps: done }));
    later((seconds * message) / messages, { type: "runsProgressed", runs });
  }
  later(seconds, { type: "workerIdle", worker });
  return seconds;
}

function tasks(count: number): Task[] {
  return Array.from({ length: count }, (_, index) => {
    const run: Run = {
      ...{ cell: studyCell, repetition: index % 3, seed: 1, monitor: ["cce", "dice", "dicefg"] },
      ...{ perLayer: false, metrics: [], columns: [] },
    };
    return { run, name: `adam-t0.5-cce/run-${index}`, folder: "runs/original/adam-t0.5-cce" };
  });
}

/** Removes and returns the earliest event; undefined if there is none. */
function takeEarliest(pending: Pending[]): Pending | undefined {
  // Node's sort takes linear time here: all but the events appended since the last call are in order.
  pending.sort((a, b) => b.at - a.at);
  return pending.pop();
}
