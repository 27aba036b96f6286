import assert from "node:assert/strict";
import { describe, it } from "node:test";
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

describe("A GPU", () => {
  it("may be used by the GPU variant, unless all are hidden", () => {
    assert.equal(mayUseGpu(library, {}), true);
    assert.equal(mayUseGpu(library, { CUDA_VISIBLE_DEVICES: "1" }), true);
    assert.equal(mayUseGpu(library, { CUDA_VISIBLE_DEVICES: "-1" }), false);
    assert.equal(mayUseGpu({ ...library, variant: "cpu" }, {}), false);
  });

  it("is set to exact and repeatable numbers, to memory on demand, and to the wheels' compiler", () => {
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

  it("keeps what the user has set", () => {
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

  it("has a folder with a space quoted, as XLA's flags are split at spaces", () => {
    const env: NodeJS.ProcessEnv = {};
    setGpuEnvironment({ ...library, folder: "/my cache" }, env);
    assert.match(env.XLA_FLAGS ?? "", /^--xla_gpu_cuda_data_dir="\/my cache\/nvidia\/cuda_nvcc" /);
  });

  it("is not trusted to full precision where set-up is too old to turn TF32 off", () => {
    assert.throws(() => turnOffTf32(library), /tf32\.node/);
  });
});
