import assert from "node:assert/strict";
import { test } from "node:test";
import { mayUseGpu, setGpuEnvironment, turnOffTf32 } from "../../../src/tensorflow/gpu/environment.js";

const library = {
  version: 1,
  tensorflow: "2.21.0",
  variant: "gpu",
  wheels: [],
  files: [],
  folder: "/cache/tensorflow-gpu",
  binding: "/cache/tensorflow-gpu/binding/tfjs_binding.node",
} as const;

test("The GPU variant may use a GPU unless all are hidden", () => {
  assert.equal(mayUseGpu(library, {}), true);
  assert.equal(mayUseGpu(library, { CUDA_VISIBLE_DEVICES: "1" }), true);
  assert.equal(mayUseGpu(library, { CUDA_VISIBLE_DEVICES: "-1" }), false);
  assert.equal(mayUseGpu({ ...library, variant: "cpu" }, {}), false);
});

test("The settings ask for exact and repeatable numbers, memory on demand and the wheels' compiler", () => {
  const env: NodeJS.ProcessEnv = {};
  setGpuEnvironment(library, env);
  assert.deepEqual(env, {
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    NVIDIA_TF32_OVERRIDE: "0",
    TF_DETERMINISTIC_OPS: "1",
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    XLA_FLAGS:
      "--xla_gpu_cuda_data_dir=/cache/tensorflow-gpu/nvidia/cuda_nvcc --xla_gpu_deterministic_ops=true",
  });
});

test("A setting of the user is not changed", () => {
  const env: NodeJS.ProcessEnv = {
    TF_DETERMINISTIC_OPS: "0",
    XLA_FLAGS: "--xla_gpu_deterministic_ops=false --xla_dump_to=/tmp",
  };
  setGpuEnvironment(library, env);
  assert.equal(env.TF_DETERMINISTIC_OPS, "0");
  assert.equal(
    env.XLA_FLAGS,
    "--xla_gpu_deterministic_ops=false --xla_dump_to=/tmp --xla_gpu_cuda_data_dir=/cache/tensorflow-gpu/nvidia/cuda_nvcc",
  );
});

test("A folder with a space is quoted, because XLA splits its flags at spaces", () => {
  const env: NodeJS.ProcessEnv = {};
  setGpuEnvironment({ ...library, folder: "/my cache" }, env);
  assert.match(env.XLA_FLAGS ?? "", /^--xla_gpu_cuda_data_dir="\/my cache\/nvidia\/cuda_nvcc" /);
});

test("A library without the addon that turns TF32 off is refused", () => {
  assert.throws(() => turnOffTf32(library), /tf32\.node/);
});
