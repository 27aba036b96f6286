import { findCudaLibraries } from "../../tensorflow/gpu/cuda-libraries.js";
import type { Gpu, NvidiaDriver } from "../../tensorflow/gpu/nvidia-driver.js";
import { setupCommand } from "../../tensorflow/native/binding.js";
import type { NativeLibrary } from "../../tensorflow/native/manifest.js";
import { type DoctorFinding, note, ok, wrong } from "../finding.js";
import { mendCommand } from "./software.js";

/** NVIDIA's driver and cards. What is amiss with them is wrong only if the GPU variant is set up: the CPU one needs neither. */
export function examineGpus(
  driver: NvidiaDriver,
  variant: NativeLibrary["variant"] | undefined,
): DoctorFinding[] {
  const amiss = (detail: string, remedy: string) =>
    variant === "gpu" ? wrong("GPU", detail, remedy) : note("GPU", detail, remedy);
  if (driver.state === "none") {
    const remedy = `install the NVIDIA driver, or "${setupCommand} -- --device cpu"`;
    return [variant === "gpu" ? wrong("GPU", "no NVIDIA driver", remedy) : ok("GPU", "none")];
  }
  if (driver.state === "unusable") {
    return [amiss(driver.problem, driver.remedy)];
  }
  const detail = `driver ${driver.version ?? "unknown"}`;
  return [
    variant === "gpu"
      ? ok("GPU", detail)
      : note("GPU", `${detail}, unused by the CPU variant`, `${setupCommand} -- --device gpu`),
    ...driver.gpus.map((gpu) => ok(`GPU ${gpu.index}`, describe(gpu))),
  ];
}

function describe({ name, memoryMiB, computeCapability }: Gpu): string {
  return `${name}, ${(memoryMiB / 1024).toFixed(0)} GiB, compute capability ${computeCapability}`;
}

/** Whether every NVIDIA library that TensorFlow asks for is where its run path looks; nothing to say of the CPU variant. */
export function examineCuda(library: NativeLibrary | undefined): DoctorFinding[] {
  if (library?.variant !== "gpu") {
    return [];
  }
  const asked = findCudaLibraries(library.folder);
  const missing = asked.filter(({ path }) => path === undefined);
  const names = [...new Set(asked.filter(({ path }) => path !== undefined).map(({ name }) => nameOf(name)))];
  const found = `${names.length} found (${names.join(", ")})`;
  return [
    missing.length === 0
      ? ok("CUDA libraries", found)
      : wrong(
          "CUDA libraries",
          `${found}; missing: ${missing.map(({ name, askedBy }) => `${name} for ${askedBy}`).join(", ")}`,
          mendCommand(library),
        ),
  ];
}

/** libcudart.so.12 from libcudart.so.12, ptxas from its path. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
