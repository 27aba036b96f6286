import assert from "node:assert/strict";
import { test } from "node:test";
import { gridRuns } from "../../../src/config/grid.js";
import { runName } from "../../../src/config/run-names.js";
import { openDeviceAssignment } from "../../../src/runner/schedule/device-assignment.js";
import { openQueue } from "../../../src/runner/schedule/queue.js";
import { openScheduler } from "../../../src/runner/schedule/scheduler.js";
import type { WorkerEvents } from "../../../src/runner/workers/process.js";
import type { FromWorker, Task, ToWorker } from "../../../src/runner/workers/protocol.js";
import { configOf } from "../../helpers/configs.js";
import { origin } from "../../helpers/fake-trainer.js";

/** A worker on a GPU without a process; it dies when it is told to stop. */
interface Hand {
  readonly gpu: string | undefined;
  readonly trained: string[];
  readonly tell: (message: FromWorker) => void;
}

const cores = 3;

/** A sweep of six runs on some GPUs. */
function hall(gpus: readonly string[], jobs: number | "auto" = "auto") {
  const hands: Hand[] = [];
  const said: string[] = [];
  const start = (gpu: string | undefined, events: WorkerEvents) => {
    const hand: Hand = { gpu, trained: [], tell: events.message };
    hands.push(hand);
    return {
      send(message: ToWorker) {
        if (message.type === "train") {
          hand.trained.push(...message.tasks.map(({ name }) => name));
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
  const foreman = openScheduler({
    queue: openQueue(
      items.map((item) => ({ item, key: "all", images: String(item.run.repetition), cost: 1 })),
    ),
    ...{ origin, jobs, cores, gpus: gpus.length, lanes: "auto", failFast: false },
    start: openDeviceAssignment(
      gpus.map((gpu) => ({ gpu, card: undefined })),
      (place, events) => start(place?.gpu, events),
    ),
    display: {
      ...{ steps() {}, resumed() {}, dropped() {}, close() {} },
      ...{ line: (text: string) => said.push(text), run() {} },
    },
    begin: (device, _, workers) => said.push(`begin ${device} ${workers}`),
    recordOf: () => undefined,
  });
  const places = () => hands.map(({ gpu }) => gpu);
  return { hands, said, foreman, places };
}

function ready(hand: Hand | undefined, device: "cpu" | "gpu"): void {
  const notes = device === "cpu" ? [`GPU ${hand?.gpu} is not used`] : [];
  hand?.tell({ type: "ready", device, deviceName: device, usesLanes: device === "gpu", notes });
}

/** Lets a hand finish all that it gets. */
function finish(hand: Hand | undefined): void {
  for (let todo = hand?.trained.splice(0) ?? []; todo.length > 0; todo = hand?.trained.splice(0) ?? []) {
    for (const name of todo) {
      hand?.tell({ type: "runFinished", name, hasNaN: false, accuracy: 1 });
    }
    hand?.tell({ type: "idle" });
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("one GPU has one worker, which gets all runs at once", async () => {
  const { hands, said, foreman, places } = hall(["0"]);
  ready(hands[0], "gpu");
  assert.equal(hands[0]?.trained.length, 6);
  finish(hands[0]);
  assert.equal((await foreman.done).finished, 6);
  assert.deepEqual([places(), said], [["0"], ["begin gpu 1"]]);
});

test("each of two GPUs has a worker, and half of the runs", async () => {
  const { hands, foreman, places } = hall(["0", "1"]);
  hands.forEach((hand) => {
    ready(hand, "gpu");
  });
  assert.deepEqual(
    hands.map(({ trained }) => trained.length),
    [3, 3],
  );
  hands.forEach(finish);
  assert.equal((await foreman.done).finished, 6);
  assert.deepEqual(places(), ["0", "1"]);
});

for (const order of [
  [0, 1],
  [1, 0],
] as const) {
  test(`of two GPUs one that TensorFlow does not use is left alone, ready ${order[0] === 0 ? "first" : "last"}`, async () => {
    const { hands, said, foreman, places } = hall(["0", "1"]);
    for (const index of order) {
      ready(hands[index], index === 0 ? "cpu" : "gpu");
      await settled();
    }
    finish(hands[1]);
    assert.equal((await foreman.done).finished, 6);
    assert.deepEqual(places(), ["0", "1"]);
    assert.deepEqual(
      said.filter((line) => line.startsWith("GPU")),
      ["GPU 0 is not used"],
    );
    assert.match(said.join("\n"), /^begin gpu [12]$/m);
  });
}

test("where none of two GPUs is used, as many workers as cores train on the CPU", async () => {
  const { hands, said, foreman, places } = hall(["0", "1"]);
  ready(hands[0], "cpu");
  await settled();
  ready(hands[1], "cpu");
  await settled();
  assert.deepEqual(said, ["GPU 0 is not used", "GPU 1 is not used", `begin cpu ${cores}`]);
  assert.deepEqual(places(), ["0", "1", undefined, undefined]);
  for (const hand of hands.filter(({ gpu }) => gpu === undefined)) {
    ready(hand, "cpu");
  }
  hands.forEach(finish);
  assert.equal((await foreman.done).finished, 6);
});

test("more workers than GPUs are spread over them if they are asked for", () => {
  assert.deepEqual(hall(["0", "1"], 4).places(), ["0", "1", "0", "1"]);
});
