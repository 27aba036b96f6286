import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openDeviceAssignment } from "../../../src/runner/schedule/device-assignment.js";
import { type DeviceSlot, devicePlan, deviceSlotName } from "../../../src/runner/schedule/devices.js";
import { openQueue } from "../../../src/runner/schedule/queue.js";
import type { WorkerEvents } from "../../../src/runner/workers/process.js";
import type { FromWorker } from "../../../src/runner/workers/protocol.js";
import type { NvidiaDriver } from "../../../src/tensorflow/gpu/nvidia-driver.js";
import type { NativeLibrary } from "../../../src/tensorflow/native/manifest.js";

const library = {
  version: 1,
  tensorflow: "2.21.0",
  wheels: [],
  files: [],
  binding: "b",
  folder: "/",
} as const;
const forGpu: NativeLibrary = { ...library, variant: "gpu" };
const forCpu: NativeLibrary = { ...library, variant: "cpu" };
const cards = ["A100", "H100"].map((name, index) => ({
  ...{ index, name, memoryMiB: 80000, freeMiB: 79000, computeCapability: "9.0", uuid: `GPU-${name}` },
}));
const usable: NvidiaDriver = { state: "usable", version: "550", gpus: cards };
const hidden: NvidiaDriver = {
  state: "unusable",
  version: "550",
  problem: "No GPU is visible.",
  remedy: "Mend it.",
};

describe("The places to train", () => {
  it("are all GPUs with their cards, or the one that is asked for", () => {
    const names = (gpu?: string): string[] =>
      devicePlan("auto", gpu, forGpu, usable, undefined).gpus.map(deviceSlotName);
    assert.deepEqual(names(), ["A100 (GPU 0)", "H100 (GPU 1)"]);
    assert.deepEqual(names("1"), ["H100 (GPU 1)"]);
    assert.deepEqual(names("7"), ["GPU 7"]);
  });

  it("are the CPU where a GPU is there but cannot be used, and the reason is told", () => {
    assert.deepEqual(devicePlan("auto", undefined, forCpu, usable, undefined), {
      gpus: [],
      note: 'The TensorFlow that is set up is the CPU variant. Run "npm run setup -- --device gpu".',
    });
    assert.equal(
      devicePlan("auto", undefined, forGpu, hidden, undefined).note,
      "No GPU is visible. Mend it.",
    );
  });

  it("are the CPU without a word where nobody expects a GPU", () => {
    const nothing = { gpus: [], note: undefined };
    assert.deepEqual(devicePlan("auto", undefined, forGpu, { state: "none" }, undefined), nothing);
    assert.deepEqual(devicePlan("auto", undefined, forCpu, hidden, undefined), nothing);
    assert.deepEqual(devicePlan("auto", undefined, forGpu, usable, "-1"), nothing);
    // The worker that is started all the same fails with the reason.
    assert.deepEqual(devicePlan("gpu", undefined, forCpu, usable, undefined), nothing);
  });
});

describe("The staff", () => {
  function openOn(gpus: readonly DeviceSlot[]) {
    const started: { readonly gpu: string | undefined; readonly events: WorkerEvents }[] = [];
    const hire = openDeviceAssignment(gpus, (place, events) => {
      started.push({ gpu: place?.gpu, events });
      return { send() {}, kill() {} };
    });
    const heard: FromWorker[] = [];
    return { started, heard, hire: () => hire({ message: (message) => heard.push(message), exit() {} }) };
  }

  const two = [
    { gpu: "0", card: undefined },
    { gpu: "1", card: undefined },
  ];

  it("is spread over the GPUs, and a vacancy is filled where it is", () => {
    const { started, hire } = openOn(two);
    hire();
    hire();
    hire();
    started[1]?.events.exit("died");
    started[1]?.events.exit("died");
    hire();
    assert.deepEqual(
      started.map(({ gpu }) => gpu),
      ["0", "1", "0", "1"],
    );
  });

  it("is not put again where TensorFlow found no GPU, and hears all the same", () => {
    const { started, heard, hire } = openOn(two);
    hire();
    const ready = { type: "ready", device: "cpu", deviceName: "cpu", usesLanes: false, notes: [] } as const;
    started[0]?.events.message(ready);
    started[0]?.events.exit("ended");
    hire();
    hire();
    assert.deepEqual(
      started.map(({ gpu }) => gpu),
      ["0", "1", "1"],
    );
    assert.deepEqual(heard, [ready]);
  });

  it("has no place on a CPU", () => {
    const { started, hire } = openOn([]);
    hire();
    assert.deepEqual(
      started.map(({ gpu }) => gpu),
      [undefined],
    );
  });
});

describe("Groups of workers that train all at once", () => {
  const waiting = (key: string, count: number) =>
    Array.from({ length: count }, (_, item) => ({ item, key, images: String(item % 3), cost: 1 }));

  /** How many of which key the workers get, each asking once. */
  function dealt(workers: number, keys: Readonly<Record<string, number>>, most = Number.POSITIVE_INFINITY) {
    const queue = openQueue(Object.entries(keys).flatMap(([key, count]) => waiting(key, count)));
    const elsewhere: string[] = [];
    const groups = Array.from({ length: workers }, () => {
      const group = queue.take({
        lastKey: undefined,
        elsewhere: [...elsewhere],
        workers,
        most,
        usesLanes: true,
      });
      elsewhere.push(...(group === undefined ? [] : [group.key]));
      return group && `${group.items.length} ${group.key}`;
    });
    return { groups, left: queue.size() };
  }

  it("hold all runs of a key for one worker", () => {
    assert.deepEqual(dealt(1, { a: 54, b: 54 }), { groups: ["54 a"], left: 54 });
  });

  it("are a key each for two workers, and halves of the only key", () => {
    assert.deepEqual(dealt(2, { a: 54, b: 54 }), { groups: ["54 a", "54 b"], left: 0 });
    assert.deepEqual(dealt(2, { a: 54 }), { groups: ["27 a", "27 a"], left: 0 });
  });

  it("leave no worker idle and nothing over", () => {
    assert.equal(dealt(3, { a: 54, b: 54 }).left, 0);
    assert.equal(dealt(4, { a: 54, b: 54 }).left, 0);
    assert.deepEqual(
      dealt(4, { a: 54, b: 54 }).groups.map((group) => group?.slice(0, 2)),
      ["27", "27", "27", "27"],
    );
    assert.deepEqual(dealt(3, { a: 2 }).groups, ["1 a", "1 a", undefined]);
  });

  it("are no longer than --lanes says", () => {
    assert.deepEqual(dealt(1, { a: 54 }, 20), { groups: ["20 a"], left: 34 });
  });
});
