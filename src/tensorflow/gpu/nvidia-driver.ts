import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

export interface Gpu {
  readonly index: number;
  readonly name: string;
  readonly memoryMiB: number;
  /** What no other program has taken; undefined where the card does not tell, as a part of one (MIG). */
  readonly freeMiB: number | undefined;
  /** As NVIDIA writes it: 9.0 is Hopper. */
  readonly computeCapability: string;
  /** CUDA's own name of the card, GPU-... */
  readonly uuid: string;
}

/** NVIDIA's driver as a program sees it; `unusable` says in one sentence each what is wrong and what to do. */
export type NvidiaDriver =
  | { readonly state: "none" }
  | { readonly state: "usable"; readonly version: string | undefined; readonly gpus: readonly Gpu[] }
  | {
      readonly state: "unusable";
      readonly version: string | undefined;
      readonly problem: string;
      readonly remedy: string;
    };

/** What readDriver() looks at; replaced in tests. */
export interface DriverSources {
  /** What `nvidia-smi` prints for these arguments; rejects with what it says if it fails, or with code ENOENT if it is not there. */
  readonly nvidiaSmi: (args: readonly string[]) => Promise<string>;
  /** The kernel module's version, from /proc; it shows in containers too. */
  readonly kernelModule: () => string | undefined;
  /** Whether libcuda.so.1 is where the loader looks. */
  readonly hasLibcuda: () => boolean;
  /** Whether there is a device file of a GPU. */
  readonly hasDevice: () => boolean;
}

/** CUDA 12 runs on every driver from this on (minor version compatibility). */
export const oldestDriver = 525;

const query = "index,name,memory.total,memory.free,compute_cap,uuid,driver_version";

/** Looks for NVIDIA's driver and GPUs without loading TensorFlow. Never throws. */
export async function readNvidiaDriver(sources: DriverSources = systemSources): Promise<NvidiaDriver> {
  const kernel = sources.kernelModule();
  try {
    const rows = parse(await sources.nvidiaSmi([`--query-gpu=${query}`, "--format=csv,noheader,nounits"]));
    const version = rows[0]?.version ?? kernel;
    if (rows.length === 0) {
      return unusable(version, "The driver is installed but shows no GPU.", containerRemedy);
    }
    return judge(version, rows, sources);
  } catch (error) {
    return withoutTool(error, kernel, sources);
  }
}

const containerRemedy =
  'In a container, start it with the GPU passed through: "docker run --gpus all …" (NVIDIA Container Toolkit).';

function judge(version: string | undefined, gpus: readonly Gpu[], sources: DriverSources): NvidiaDriver {
  if (isTooOld(version)) {
    return tooOld(version);
  }
  if (!sources.hasLibcuda()) {
    return unusable(version, "The driver is there but its libcuda.so.1 is not.", containerRemedy);
  }
  return { state: "usable", version, gpus };
}

/** nvidia-smi is missing or failed: the rest of the system tells how far the driver is there. */
function withoutTool(error: unknown, kernel: string | undefined, sources: DriverSources): NvidiaDriver {
  const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
  if (kernel === undefined && !sources.hasLibcuda()) {
    return absent
      ? { state: "none" }
      : unusable(undefined, `nvidia-smi fails: ${firstLine(error)}`, reinstallRemedy);
  }
  if (!sources.hasDevice()) {
    return unusable(kernel, "The machine has NVIDIA's driver, but no GPU is visible here.", containerRemedy);
  }
  if (!absent && isTooOld(kernel)) {
    return tooOld(kernel);
  }
  if (!absent) {
    return unusable(kernel, `nvidia-smi fails: ${firstLine(error)}`, reinstallRemedy);
  }
  return judge(kernel, [], sources);
}

function isTooOld(version: string | undefined): version is string {
  return version !== undefined && Number.parseInt(version, 10) < oldestDriver;
}

function tooOld(version: string): NvidiaDriver {
  return unusable(
    version,
    `The driver ${version} is too old for CUDA 12, which needs ${oldestDriver}.60 or newer.`,
    'Update it ("sudo apt-get install nvidia-driver-570" on Ubuntu, or https://www.nvidia.com/drivers) and restart.',
  );
}

const reinstallRemedy = "Restart the machine if the driver was just updated, otherwise reinstall the driver.";

function unusable(version: string | undefined, problem: string, remedy: string): NvidiaDriver {
  return { state: "unusable", version, problem, remedy };
}

function parse(output: string): (Gpu & { readonly version: string })[] {
  return output
    .split("\n")
    .map((line) => line.split(",").map((field) => field.trim()))
    .filter((fields) => fields.length === query.split(",").length)
    .map(([index, name, memory, free, capability, uuid, version]) => ({
      index: Number(index),
      name: name ?? "",
      memoryMiB: Number(memory),
      freeMiB: Number.isFinite(Number(free)) ? Number(free) : undefined,
      computeCapability: capability ?? "",
      uuid: uuid ?? "",
      version: version ?? "",
    }));
}

function firstLine(error: unknown): string {
  const said =
    error instanceof Error && "stdout" in error ? `${error.stdout}`.trim() || error.message : String(error);
  return said.split("\n")[0] ?? "";
}

const systemSources: DriverSources = {
  nvidiaSmi: async (args) =>
    (await promisify(execFile)("nvidia-smi", [...args], { timeout: 30_000, encoding: "utf8" })).stdout,
  kernelModule: () => {
    try {
      return /Kernel Module.*?\s(\d+\.\d+(\.\d+)?)\s/.exec(
        readFileSync("/proc/driver/nvidia/version", "utf8"),
      )?.[1];
    } catch {
      return undefined;
    }
  },
  hasLibcuda: () => libcudaFolders().some((folder) => existsSync(`${folder}/libcuda.so.1`)),
  hasDevice: () => {
    // /dev/dxg is the GPU under Windows' Linux subsystem.
    return existsSync("/dev/dxg") || readdirSync("/dev").some((name) => /^nvidia\d+$/.test(name));
  },
};

function libcudaFolders(): string[] {
  return [
    ...(process.env.LD_LIBRARY_PATH ?? "").split(":").filter((folder) => folder !== ""),
    ...["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib64", "/usr/lib/aarch64-linux-gnu"],
    ...["/usr/local/nvidia/lib64", "/usr/local/cuda/compat", "/usr/lib/wsl/lib", "/run/opengl-driver/lib"],
  ];
}
