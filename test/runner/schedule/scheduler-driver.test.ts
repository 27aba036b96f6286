import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gridRuns } from "../../../src/config/grid.js";
import { runName } from "../../../src/config/run-names.js";
import { SeglossError } from "../../../src/errors.js";
import { createQueue } from "../../../src/runner/schedule/queue.js";
import { type SchedulerOptions, startScheduler } from "../../../src/runner/schedule/scheduler-driver.js";
import type { WorkerEvents } from "../../../src/runner/workers/process.js";
import type { FromWorker, Task, ToWorker } from "../../../src/runner/workers/protocol.js";
import type { Run } from "../../../src/study/run.js";
import { configOf } from "../../helpers/configs.js";

/** A worker without a process: the test decides what it reports and when it exits. */
interface FakeWorker {
  readonly received: ToWorker[];
  readonly emit: (message: FromWorker) => void;
  readonly exit: (how?: string) => void;
  hasExited: boolean;
}

interface FakeSweep {
  readonly workers: FakeWorker[];
  readonly printed: string[];
  readonly steps: { done: number; resumed: number; dropped: number };
  readonly scheduler: ReturnType<typeof startScheduler>;
}

const ready: FromWorker = { type: "ready", device: "cpu", deviceName: "cpu", usesLanes: false, notes: [] };
const origin = {
  configHash: "",
  command: "",
  provenance: { segloss: "", commit: undefined, dirty: undefined, node: "", tfjs: "" },
  saveWeights: false,
};

const six = gridRuns(configOf({ loss: ["cce", "dice"], runs: 3, steps: 10 }));

function startSweep(options: Partial<SchedulerOptions> = {}, runs: readonly Run[] = six): FakeSweep {
  const workers: FakeWorker[] = [];
  const printed: string[] = [];
  const steps = { done: 0, resumed: 0, dropped: 0 };
  const start = (events: WorkerEvents) => {
    const worker: FakeWorker = {
      received: [],
      emit: events.message,
      hasExited: false,
      exit(reason = "ended with exit code 0") {
        if (!worker.hasExited) {
          worker.hasExited = true;
          events.exit(reason);
        }
      },
    };
    workers.push(worker);
    return {
      send: (message: ToWorker) => worker.received.push(message),
      kill: () => queueMicrotask(() => worker.exit("was killed")),
    };
  };
  const items = runs.map((run): Task => ({ run, name: runName(run), folder: "" }));
  const scheduler = startScheduler({
    queue: createQueue(
      items.map((item) => ({ item, key: "all", images: String(item.run.repetition), cost: 1 })),
    ),
    origin,
    jobs: 2,
    cores: 2,
    gpus: 0,
    lanes: "auto",
    runsPerBatch: "auto",
    failFast: false,
    startWorker: start,
    display: {
      addSteps: (count) => {
        steps.done += count;
      },
      addResumedSteps: (count) => {
        steps.resumed += count;
      },
      dropSteps: (count) => {
        steps.dropped += count;
      },
      print: (text) => printed.push(text),
      finishRun: (text) => printed.push(text),
      close() {},
    },
    onRunsStart: () => {},
    onRunFailed: () => {},
    onRunFinished: () => {},
    announceDevice: (device, _, workers) => printed.push(`train on ${device} ${workers}`),
    readRecord: () => undefined,
    ...options,
  });
  return { workers, printed, steps, scheduler };
}

/** The names of the runs that a worker was assigned last. */
function tasksOf(worker: FakeWorker | undefined): readonly string[] {
  const last = worker?.received.at(-1);
  return last?.type === "train" ? last.tasks.map(({ name }) => name) : [];
}

function finish(worker: FakeWorker | undefined, names: readonly string[]): void {
  for (const name of names) {
    worker?.emit({ type: "runFinished", name, hasNaN: false, accuracy: 0.5 });
  }
}

/** Lets every worker finish what it is assigned until it is stopped. */
function workAll({ workers }: FakeSweep): void {
  for (let round = 0; round < 20; round++) {
    for (const worker of workers.filter(({ hasExited }) => !hasExited)) {
      const names = tasksOf(worker);
      if (names.length > 0) {
        finish(worker, names);
        worker.emit({ type: "idle" });
      } else if (worker.received.at(-1)?.type === "stop") {
        worker.exit();
      } else {
        worker.emit(ready);
      }
    }
  }
}

test("All runs are assigned, each finishes once, and the workers are stopped", async () => {
  const it = startSweep();
  assert.equal(it.workers.length, 2);
  workAll(it);
  const { finished, failed, stopped } = await it.scheduler.done;
  assert.deepEqual([finished, failed, stopped], [6, [], undefined]);
  assert.equal(it.printed[0], "train on cpu 2");
  assert.equal(it.printed.filter((line) => line.startsWith("done: ")).length, 6);
  assert.deepEqual(it.steps, { done: 60, resumed: 0, dropped: 0 });
  for (const { received } of it.workers) {
    assert.equal(received.at(-1)?.type, "stop");
  }
});

test("No more workers are started than there are runs", () => {
  assert.equal(startSweep({ jobs: 8 }).workers.length, 6);
  assert.equal(startSweep({ jobs: "auto", cores: 3 }).workers.length, 3);
});

test("Steps of a resumed run that were done earlier are counted apart from those done now", async () => {
  const it = startSweep({ jobs: 1, runsPerBatch: 1 }, six.slice(0, 1));
  const [worker] = it.workers;
  worker?.emit(ready);
  const [name = ""] = tasksOf(worker);
  worker?.emit({ type: "runStarted", run: { name, steps: 4 } });
  worker?.emit({ type: "runsProgressed", runs: [{ name, steps: 7 }] });
  assert.deepEqual(it.steps, { done: 3, resumed: 4, dropped: 0 });
  finish(worker, [name]);
  worker?.emit({ type: "runsProgressed", runs: [{ name, steps: 10 }] });
  assert.deepEqual(it.steps, { done: 6, resumed: 4, dropped: 0 });
});

test("A run that fails is printed at once, the others continue, and it is in the result", async () => {
  const it = startSweep();
  const [one] = it.workers;
  one?.emit(ready);
  const [name = ""] = tasksOf(one);
  one?.emit({ type: "runStarted", run: { name, steps: 0 } });
  one?.emit({ type: "runsProgressed", runs: [{ name, steps: 4 }] });
  one?.emit({ type: "runFailed", name, message: "its file is gone", affectsAll: false });
  assert.equal(it.printed.at(-1), `failed: ${name}: its file is gone`);
  assert.equal(it.steps.dropped, 6);
  finish(one, tasksOf(one).slice(1));
  one?.emit({ type: "idle" });
  workAll(it);
  const { finished, failed, stopped } = await it.scheduler.done;
  assert.deepEqual([finished, failed, stopped], [5, [{ name, message: "its file is gone" }], undefined]);
});

test("A worker that dies fails only its own runs, and is replaced", async () => {
  const it = startSweep({ runsPerBatch: 2 });
  const [one, two] = it.workers;
  one?.emit(ready);
  two?.emit(ready);
  const lost = tasksOf(one);
  one?.exit("was killed by SIGSEGV");
  assert.equal(it.workers.length, 3);
  workAll(it);
  const { finished, failed } = await it.scheduler.done;
  assert.equal(finished, 6 - lost.length);
  assert.deepEqual(
    failed,
    lost.map((name) => ({ name, message: "its worker was killed by SIGSEGV" })),
  );
});

test("A run whose record is on the disk when its worker dies has finished", async () => {
  const it = startSweep({ jobs: 1, readRecord: () => ({ hasNaN: true }) }, six.slice(0, 1));
  it.workers[0]?.emit(ready);
  it.workers[0]?.exit();
  assert.deepEqual(await it.scheduler.done, {
    finished: 1,
    failed: [],
    withNaN: [runName(six[0] ?? assert.fail())],
    stopped: undefined,
  });
});

test("A worker that becomes unusable fails its runs with its reason, and is replaced", async () => {
  const it = startSweep({ jobs: 1 });
  const [one] = it.workers;
  one?.emit(ready);
  const lost = tasksOf(one);
  one?.emit({ type: "unusable", message: "no memory for 9 lanes", exitCode: 1 });
  await sleep(0);
  assert.ok(one?.hasExited);
  workAll(it);
  const { finished, failed } = await it.scheduler.done;
  assert.equal(finished, 6 - lost.length);
  assert.deepEqual(new Set(failed.map(({ message }) => message)), new Set(["no memory for 9 lanes"]));
});

test("If no worker can start, the sweep is rejected with the first reason and exit code", async () => {
  for (const [code, expected] of [
    [3, 3],
    [1, 1],
    [77, 1],
  ] as const) {
    const it = startSweep();
    it.workers[0]?.emit({ type: "unusable", message: "no GPU", exitCode: code });
    it.workers[1]?.emit({ type: "unusable", message: "no GPU either", exitCode: code });
    await assert.rejects(
      it.scheduler.done,
      (error) => error instanceof SeglossError && error.message === "no GPU" && error.exitCode === expected,
    );
  }
});

test("A worker that dies before it is ready ends the sweep; once one has been ready, only the third in a row does", async () => {
  const first = startSweep();
  first.workers[0]?.exit("was killed by SIGILL");
  assert.deepEqual(first.workers[1]?.received, [{ type: "stop" }]);
  first.workers[1]?.exit();
  await assert.rejects(first.scheduler.done, {
    message: "a worker was killed by SIGILL before it was ready",
    exitCode: 3,
  });

  const it = startSweep({ runsPerBatch: 1 });
  it.workers[0]?.emit(ready);
  for (let dead = 1; dead <= 3; dead++) {
    it.workers.at(-1)?.exit("ended");
  }
  assert.equal(it.workers.length, 4);
  const [name] = tasksOf(it.workers[0]);
  finish(it.workers[0], [name ?? ""]);
  it.workers[0]?.exit();
  const { finished, stopped } = await it.scheduler.done;
  assert.deepEqual([finished, stopped], [1, "a worker ended before it was ready"]);
});

test("An error that would affect every run stops the sweep", async () => {
  const it = startSweep();
  for (const worker of it.workers) {
    worker.emit(ready);
  }
  const [name = ""] = tasksOf(it.workers[0]);
  it.workers[0]?.emit({ type: "runFailed", name, message: "no space is left on the disk", affectsAll: true });
  for (const { received } of it.workers) {
    assert.equal(received.at(-1)?.type, "stop");
  }
  for (const worker of it.workers) {
    worker.exit();
  }
  const { failed, stopped } = await it.scheduler.done;
  assert.equal(failed.length, 1);
  assert.match(stopped ?? "", /affect every run/);
});

test("The option --fail-fast stops the sweep at the first failure", async () => {
  const it = startSweep({ failFast: true });
  for (const worker of it.workers) {
    worker.emit(ready);
  }
  const [name = ""] = tasksOf(it.workers[0]);
  it.workers[0]?.emit({ type: "runFailed", name, message: "bad", affectsAll: false });
  for (const worker of it.workers) {
    assert.equal(worker.received.at(-1)?.type, "stop");
    worker.exit();
  }
  const { failed, stopped } = await it.scheduler.done;
  assert.deepEqual([failed.length, stopped], [1, "--fail-fast"]);
});

test("Workers that do not stop in time are killed, and their runs do not count as failed", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const it = startSweep();
    it.workers[0]?.emit(ready);
    it.scheduler.stop();
    it.scheduler.stop();
    for (const { received } of it.workers) {
      assert.equal(received.filter(({ type }) => type === "stop").length, 1);
    }
    it.workers[0]?.exit();
    it.workers[1]?.emit(ready);
    assert.equal(tasksOf(it.workers[1]).length, 0);
    mock.timers.tick(1999);
    const { finished, failed } = await it.scheduler.done;
    assert.deepEqual([finished, failed], [0, []]);
    assert.ok(it.workers[1]?.hasExited);
    assert.equal(it.workers.length, 2);
  } finally {
    mock.timers.reset();
  }
});

test("A run with NaN is in the result and has not failed", async () => {
  const it = startSweep({ jobs: 1 }, six.slice(0, 1));
  it.workers[0]?.emit(ready);
  const [name = ""] = tasksOf(it.workers[0]);
  it.workers[0]?.emit({ type: "runFinished", name, hasNaN: true, accuracy: undefined });
  it.workers[0]?.emit({ type: "idle" });
  it.workers[0]?.exit();
  assert.deepEqual(await it.scheduler.done, { finished: 1, failed: [], withNaN: [name], stopped: undefined });
  assert.equal(it.printed.at(-1), `done: ${name}`);
});

test("Where TensorFlow uses no GPU although one was expected, as many workers are started as there are cores", async () => {
  const it = startSweep({ jobs: "auto", cores: 3, gpus: 1 });
  assert.equal(it.workers.length, 1);
  it.workers[0]?.emit(ready);
  assert.equal(it.workers.length, 3);
  workAll(it);
  assert.equal((await it.scheduler.done).finished, 6);
});
