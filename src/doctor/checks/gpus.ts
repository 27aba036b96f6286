import { basename, dirname } from "node:path";
import { setupCommandLine } from "../../installation.js";
import {
  type DriverLibrary,
  driverLibraryName,
  findCudaLibraries,
  type Gpu,
  type NativeLibrary,
  type NvidiaDriver,
  runsMachineCode,
  type Variant,
} from "../../tensorflow/index.js";
import { type DoctorFinding, note, ok, wrong } from "../finding.js";
import { repairCommand } from "./software.js";

/**
 * Reports NVIDIA's driver and cards. Their problems are `wrong` only for the GPU variant; the CPU variant
 * needs neither.
 */
export function checkDriver(driver: NvidiaDriver, variant: Variant | undefined): DoctorFinding[] {
  if (driver.state === "none") {
    const remedy = `install the NVIDIA driver, or "${setupCommandLine("--device", "cpu")}"`;
    return [variant === "gpu" ? wrong("GPU", "no NVIDIA driver", remedy) : ok("GPU", "none")];
  }
  if (driver.state === "unusable") {
    return [problem("GPU", driver.problem, driver.remedy, variant)];
  }
  const detail = `driver ${driver.version ?? "unknown"}`;
  return [
    variant === "gpu"
      ? ok("GPU", detail)
      : note("GPU", `${detail}, unused by the CPU variant`, setupCommandLine("--device", "gpu")),
    ...driver.gpus.map((gpu) => ok(`GPU ${gpu.index}`, describeGpu(gpu))),
  ];
}

/** Reports the cards that a library has no machine code for, because it was installed from a trimmed pack. */
export function checkArchitecture(driver: NvidiaDriver, library: NativeLibrary | undefined): DoctorFinding[] {
  const { architecture } = library ?? {};
  if (library === undefined || architecture === undefined || driver.state !== "usable") {
    return [];
  }
  return driver.gpus
    .filter((gpu) => !runsMachineCode(gpu, architecture))
    .map((gpu) =>
      wrong(
        `GPU ${gpu.index}`,
        `${gpu.name} has compute capability ${gpu.computeCapability}, and the library was trimmed to ${architecture}`,
        `delete ${library.folder}, then "${repairCommand(library)}"`,
      ),
    );
}

/** Reports where the driver's library is if the system's loader would not find it by its name. */
export function checkDriverLibrary(
  driver: NvidiaDriver,
  variant: Variant | undefined,
  library: DriverLibrary | undefined,
): DoctorFinding[] {
  if (driver.state !== "usable" || library?.isOnLoaderPath === true) {
    return [];
  }
  return [
    library === undefined
      ? problem(
          "driver library",
          `${driverLibraryName} is in no folder that the system's loader searches, nor where vendors put it`,
          "add the folder that holds it to LD_LIBRARY_PATH",
          variant,
        )
      : ok("driver library", `${driverLibraryName} is loaded from ${dirname(library.path)}`),
  ];
}

/**
 * Reports whether every NVIDIA library that TensorFlow opens is on its run path. Reports nothing for the CPU
 * variant.
 */
export function checkCudaLibraries(library: NativeLibrary | undefined): DoctorFinding[] {
  if (library?.variant !== "gpu") {
    return [];
  }
  const opened = findCudaLibraries(library.folder);
  const missing = opened.filter(({ path }) => path === undefined);
  const names = new Set(opened.filter(({ path }) => path !== undefined).map(({ name }) => basename(name)));
  const found = `${names.size} found (${[...names].join(", ")})`;
  if (missing.length === 0) {
    return [ok("CUDA libraries", found)];
  }
  const listed = missing.map(({ name, openedBy }) => `${name} for ${openedBy}`).join(", ");
  return [wrong("CUDA libraries", `${found}; missing: ${listed}`, repairCommand(library))];
}

function problem(name: string, detail: string, remedy: string, variant: Variant | undefined): DoctorFinding {
  return variant === "gpu" ? wrong(name, detail, remedy) : note(name, detail, remedy);
}

function describeGpu({ name, memoryMiB, computeCapability }: Gpu): string {
  return `${name}, ${(memoryMiB / 1024).toFixed(0)} GiB, compute capability ${computeCapability}`;
}
