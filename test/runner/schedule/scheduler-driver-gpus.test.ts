import assert from "node:assert/strict";
import { test } from "node:test";
import { gridRuns } from "../../../src/config/grid.js";
import { runName } from "../../../src/config/run-names.js";
import { createDeviceAssignment } from "../../../src/runner/schedule/device-assignment.js";
import { createQueue } from "../../../src/runner/schedule/queue.js";
import { startScheduler } from "../../../src/runner/schedule/scheduler-driver.js";
import type { WorkerEvents } from "../../../src/runner/workers/process.js";
import type { FromWorker, Task, ToWorker } from "../../../src/runner/workers/protocol.js";
import { configOf } from "../../helpers/configs.js";
import { origin } from "../../helpers/fake-trainer.js";

/** A worker on a GPU without a process; it exits when it is stopped. */
interface FakeWorker {
  readonly gpu: string | undefined;
  readonly trained: string[];
  readonly emit: (message: FromWorker) => void;
}

const cores = 3;

/** A sweep of six runs on some GPUs. */
function startSweep(gpus: readonly string[], jobs: number | "auto" = "auto") {
  const workers: FakeWorker[] = [];
  const printed: string[] = [];
  const start = (gpu: string | undefined, events: WorkerEvents) => {
    const worker: FakeWorker = { gpu, trained: [], emit: events.message };
    workers.push(worker);
    return {
      send(message: ToWorker) {
        if (message.type === "train") {
          worker.trained.push(...message.tasks.map(({ name }) => name));
        }
        if (message.type === "stop") {
          queueMicrotask(() => events.exit("ended"));
        }
      },
      kill() {},
    };
  };
  const runs = gridRuns(configOf({ loss: ["cce", "dice"], runs: 3, steps: 10 }));
  const items = runs.map((run): Task => ({ run, name: runName(run), folder: "" }));
  const scheduler = startScheduler({
    queue: createQueue(
      items.map((item) => ({ item, key: "all", images: String(item.run.repetition), cost: 1 })),
    ),
    ...{ origin, jobs, cores, gpus: gpus.length, lanes: "auto", runsPerBatch: "auto", failFast: false },
    startWorker: createDeviceAssignment(
      gpus.map((gpu) => ({ gpu, card: undefined })),
      (slot, events) => start(slot?.gpu, events),
    ),
    display: {
      ...{ addSteps() {}, addResumedSteps() {}, dropSteps() {}, close() {} },
      ...{ print: (text: string) => printed.push(text), finishRun() {} },
    },
    onRunsStart: () => {},
    onRunFailed: () => {},
    onRunFinished: () => {},
    announceDevice: (device, _, workers) => printed.push(`train on ${device} ${workers}`),
    readRecord: () => undefined,
  });
  const gpusOfWorkers = () => workers.map(({ gpu }) => gpu);
  return { workers, printed, scheduler, gpusOfWorkers };
}

function ready(worker: FakeWorker | undefined, device: "cpu" | "gpu"): void {
  const notes = device === "cpu" ? [`GPU ${worker?.gpu} is not used`] : [];
  worker?.emit({ type: "ready", device, deviceName: device, usesLanes: device === "gpu", notes });
}

/** Lets a worker finish all that it is assigned. */
function finish(worker: FakeWorker | undefined): void {
  for (let todo = worker?.trained.splice(0) ?? []; todo.length > 0; todo = worker?.trained.splice(0) ?? []) {
    for (const name of todo) {
      worker?.emit({ type: "runFinished", name, hasNaN: false, accuracy: 1 });
    }
    worker?.emit({ type: "idle" });
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("One GPU has one worker, which is assigned all runs at once", async () => {
  const { workers, printed, scheduler, gpusOfWorkers } = startSweep(["0"]);
  ready(workers[0], "gpu");
  assert.equal(workers[0]?.trained.length, 6);
  finish(workers[0]);
  assert.equal((await scheduler.done).finished, 6);
  assert.deepEqual([gpusOfWorkers(), printed], [["0"], ["train on gpu 1"]]);
});

test("Each of two GPUs has a worker with half of the runs", async () => {
  const { workers, scheduler, gpusOfWorkers } = startSweep(["0", "1"]);
  workers.forEach((worker) => {
    ready(worker, "gpu");
  });
  assert.deepEqual(
    workers.map(({ trained }) => trained.length),
    [3, 3],
  );
  workers.forEach(finish);
  assert.equal((await scheduler.done).finished, 6);
  assert.deepEqual(gpusOfWorkers(), ["0", "1"]);
});

for (const order of [
  [0, 1],
  [1, 0],
] as const) {
  test(`Of two GPUs, one that TensorFlow does not use trains nothing, whether it is ready ${order[0] === 0 ? "first" : "last"}`, async () => {
    const { workers, printed, scheduler, gpusOfWorkers } = startSweep(["0", "1"]);
    for (const index of order) {
      ready(workers[index], index === 0 ? "cpu" : "gpu");
      await settled();
    }
    finish(workers[1]);
    assert.equal((await scheduler.done).finished, 6);
    assert.deepEqual(gpusOfWorkers(), ["0", "1"]);
    assert.deepEqual(
      printed.filter((line) => line.startsWith("GPU")),
      ["GPU 0 is not used"],
    );
    assert.match(printed.join("\n"), /^train on gpu [12]$/m);
  });
}

test("Where TensorFlow uses neither of two GPUs, as many workers as cores train on the CPU", async () => {
  const { workers, printed, scheduler, gpusOfWorkers } = startSweep(["0", "1"]);
  ready(workers[0], "cpu");
  await settled();
  ready(workers[1], "cpu");
  await settled();
  assert.deepEqual(printed, ["GPU 0 is not used", "GPU 1 is not used", `train on cpu ${cores}`]);
  assert.deepEqual(gpusOfWorkers(), ["0", "1", undefined, undefined]);
  for (const worker of workers.filter(({ gpu }) => gpu === undefined)) {
    ready(worker, "cpu");
  }
  workers.forEach(finish);
  assert.equal((await scheduler.done).finished, 6);
});

test("More workers than GPUs, if asked for, are spread over the GPUs", () => {
  assert.deepEqual(startSweep(["0", "1"], 4).gpusOfWorkers(), ["0", "1", "0", "1"]);
});
