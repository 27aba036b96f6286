import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeviceAssignment } from "../../../src/runner/schedule/device-assignment.js";
import type { WorkerEvents } from "../../../src/runner/workers/process.js";
import type { FromWorker } from "../../../src/runner/workers/protocol.js";

/** Device assignment over these GPUs, with workers that are no processes. */
function assignmentOf(gpus: readonly string[]) {
  const started: { readonly gpu: string | undefined; readonly events: WorkerEvents }[] = [];
  const start = createDeviceAssignment(
    gpus.map((gpu) => ({ gpu, card: undefined })),
    (slot, events) => {
      started.push({ gpu: slot?.gpu, events });
      return { send() {}, kill() {} };
    },
  );
  const messages: FromWorker[] = [];
  return {
    started,
    messages,
    gpus: () => started.map(({ gpu }) => gpu),
    start: () => start({ message: (message) => messages.push(message), exit() {} }),
  };
}

test("Workers are spread over the GPUs, and one that exits is replaced on its GPU", () => {
  const { started, gpus, start } = assignmentOf(["0", "1"]);
  start();
  start();
  start();
  started[1]?.events.exit("died");
  start();
  assert.deepEqual(gpus(), ["0", "1", "0", "1"]);
});

test("No more workers are started on a GPU that TensorFlow does not use, and their messages still arrive", () => {
  const { started, messages, gpus, start } = assignmentOf(["0", "1"]);
  start();
  const ready = { type: "ready", device: "cpu", deviceName: "cpu", usesLanes: false, notes: [] } as const;
  started[0]?.events.message(ready);
  started[0]?.events.exit("ended");
  start();
  start();
  assert.deepEqual(gpus(), ["0", "1", "1"]);
  assert.deepEqual(messages, [ready]);
});

test("Without GPUs a worker has no device slot", () => {
  const { gpus, start } = assignmentOf([]);
  start();
  assert.deepEqual(gpus(), [undefined]);
});
