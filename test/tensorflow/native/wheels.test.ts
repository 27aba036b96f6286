import assert from "node:assert/strict";
import { test } from "node:test";
import { keptFiles, libraryName, wheelSetBytes, wheelSets } from "../../../src/tensorflow/native/wheels.js";

const wheels = wheelSets.flatMap((set) => set.wheels);

test("Every wheel is pinned by an exact version and a sha256", () => {
  for (const { name, version, sha256 } of wheels) {
    assert.match(name, /^[a-z0-9-]+$/);
    assert.match(version, /^\d+(\.\d+)+$/, name);
    assert.match(sha256, /^[0-9a-f]{64}$/, name);
  }
});

test("No two rows of the wheel table have the same hash", () => {
  const hashes = new Set(wheels.map(({ sha256 }) => sha256));
  assert.equal(hashes.size, wheels.length);
});

test("Each platform and variant has one set of wheels, TensorFlow first", () => {
  const keys = wheelSets.map(({ platform, variant }) => `${platform} ${variant}`);
  assert.deepEqual(keys, ["linux-x64 cpu", "linux-x64 gpu", "linux-arm64 cpu", "darwin-arm64 cpu"]);
  for (const { wheels: own } of wheelSets) {
    assert.match(own[0]?.name ?? "", /^tensorflow(-cpu)?$/);
  }
});

test("The GPU set has every wheel of TensorFlow's extra and-cuda, within its bounds", () => {
  const bounds: Record<string, readonly [least: string, below: number]> = {
    "nvidia-cublas-cu12": ["12.5.3.2", 13],
    "nvidia-cuda-cupti-cu12": ["12.5.82", 13],
    "nvidia-cuda-nvcc-cu12": ["12.5.82", 13],
    "nvidia-cuda-nvrtc-cu12": ["12.5.82", 13],
    "nvidia-cuda-runtime-cu12": ["12.5.82", 13],
    "nvidia-cudnn-cu12": ["9.3.0.75", 10],
    "nvidia-cufft-cu12": ["11.2.3.61", 12],
    "nvidia-curand-cu12": ["10.3.6.82", 11],
    "nvidia-cusolver-cu12": ["11.6.3.83", 12],
    "nvidia-cusparse-cu12": ["12.5.1.3", 13],
    "nvidia-nccl-cu12": ["2.27.7", 3],
    "nvidia-nvjitlink-cu12": ["12.5.82", 13],
  };
  const gpu = wheelSets.find(({ variant }) => variant === "gpu");
  const pinned = new Map(gpu?.wheels.slice(1).map(({ name, version }) => [name, version]));
  assert.deepEqual([...pinned.keys()].sort(), Object.keys(bounds).sort());
  for (const [name, [least, below]] of Object.entries(bounds)) {
    const version = pinned.get(name) ?? "";
    assert.ok(version.localeCompare(least, undefined, { numeric: true }) >= 0, `${name} ${version}`);
    assert.ok(Number.parseInt(version, 10) < below, `${name} ${version}`);
  }
});

test("Another pin has another folder in the cache", () => {
  const [first] = wheelSets;
  assert.ok(first !== undefined && first.wheels[0] !== undefined);
  const changed = { ...first, wheels: [{ ...first.wheels[0], sha256: "0".repeat(64) }] };
  assert.match(libraryName(first), /^tensorflow-\d+\.\d+\.\d+-linux-x64-cpu-[0-9a-f]{12}$/);
  assert.notEqual(libraryName(changed), libraryName(first));
  assert.equal(libraryName({ ...first }), libraryName(first));
});

test("The sizes of a set are the sums over its wheels", () => {
  const [first] = wheelSets;
  assert.ok(first?.wheels[0] !== undefined);
  const twice = { ...first, wheels: [first.wheels[0], first.wheels[0]] };
  assert.equal(wheelSetBytes(twice).download, 2 * first.wheels[0].bytes);
  assert.equal(wheelSetBytes(twice).unpacked, 2 * first.wheels[0].unpacked);
});

const pattern = new RegExp(keptFiles.join("|"));
const cases: readonly (readonly [string, boolean])[] = [
  ["tensorflow/libtensorflow_cc.so.2", true],
  ["tensorflow/libtensorflow_framework.2.dylib", true],
  ["tensorflow/include/tensorflow/c/eager/c_api.h", true],
  ["tensorflow/include/absl/log/globals.h", true],
  ["tensorflow/include/absl/container/btree_map.h", false],
  ["tensorflow/python/_pywrap_tfe.so", false],
  ["tensorflow/__init__.py", false],
  ["nvidia/cudnn/lib/libcudnn_ops.so.9", true],
  ["nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.12.8", true],
  ["nvidia/cuda_nvcc/bin/ptxas", true],
  ["nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc", true],
  ["nvidia/cuda_nvcc/nvvm/lib64/libnvvm.so", false],
  ["nvidia/cudnn/include/cudnn.h", false],
];

test("Libraries, the headers that the addons include and XLA's GPU compiler are kept of the wheels, nothing else", () => {
  for (const [path, expected] of cases) {
    assert.equal(pattern.test(path), expected, path);
  }
});
