import { exitCode, SeglossError } from "../error.js";
import { openTrainer, type Trainer } from "../study/trainer.js";
import { explainNoGpu } from "../tensorflow/gpu.js";
import { backend, loadTensorFlow } from "../tensorflow/tensorflow.js";
import { keepCompiledPrograms } from "../tensorflow/xla-cache.js";
import type { Device } from "./contract.js";

/** A loaded TensorFlow, ready to train. */
export interface Engine {
  readonly trainer: Trainer;
  /** "cpu" or "gpu", and what the records call it. */
  readonly device: "cpu" | "gpu";
  readonly tensorflow: string;
  readonly threads: number;
  /** All that a run's last bits may depend on beside its parameters. */
  readonly identity: string;
}

export interface EngineOptions {
  readonly device: Device;
  readonly gpu?: string;
  readonly verbose: boolean;
  /** Most lanes of a program on a GPU. */
  readonly lanes: number;
}

/** Loads TensorFlow on a device. Throws SeglossError (exit code 3) if it does not load, or if a GPU is asked for and not usable. */
export async function openEngine({ device, gpu, verbose, lanes }: EngineOptions): Promise<Engine> {
  if (device === "cpu") {
    process.env.CUDA_VISIBLE_DEVICES = "-1";
  } else if (gpu !== undefined) {
    process.env.CUDA_VISIBLE_DEVICES = gpu;
  }
  // What fails comes back as an exception with its reason; below that level TensorFlow also calls it an error that a
  // kept program was compiled with "prefer no gather".
  process.env.TF_CPP_MIN_LOG_LEVEL ??= verbose ? "0" : "3";
  keepCompiledPrograms();
  // The images of one process are small: a second thread costs more than it brings, and more processes use the other cores.
  await loadTensorFlow({ threads: 1, verbose });
  const usesGpu = device !== "cpu" && backend().isUsingGpuDevice;
  if (device === "gpu" && !usesGpu) {
    throw new SeglossError(`--device gpu: ${await explainNoGpu()}`, { exitCode: exitCode.noTensorFlow });
  }
  const used = usesGpu ? "gpu" : "cpu";
  const tensorflow = backend().binding.TF_Version;
  return {
    trainer: openTrainer({ width: usesGpu ? lanes : 1, xla: true }),
    device: used,
    tensorflow,
    threads: 1,
    identity: `tensorflow ${tensorflow} ${used}`,
  };
}
