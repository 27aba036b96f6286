import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { firstLine } from "../../errors.js";
import { findDriverLibrary, findNvidiaSmi, withVendorLibraries } from "./driver-files.js";

/** One card. Holds nothing of the driver, so that a driver update does not turn it into another device. */
export interface Gpu {
  /** The number that nvidia-smi shows. */
  readonly index: number;
  readonly name: string;
  readonly memoryMiB: number;
  /**
   * Memory that no program has taken; undefined where the driver does not report it, as for a part of a card
   * (MIG).
   */
  readonly freeMiB: number | undefined;
  /** NVIDIA's number of the architecture: 9.0 is Hopper. */
  readonly computeCapability: string;
  /** CUDA's unique name of the card, GPU-... */
  readonly uuid: string;
}

/** NVIDIA's driver as a program sees it. `problem` and `remedy` are one sentence each. */
export type NvidiaDriver =
  | { readonly state: "none" }
  | { readonly state: "usable"; readonly version: string | undefined; readonly gpus: readonly Gpu[] }
  | {
      readonly state: "unusable";
      readonly version: string | undefined;
      readonly problem: string;
      readonly remedy: string;
    };

/** The parts of the system that readNvidiaDriver() reads; tests pass their own. */
export interface DriverSources {
  /** Runs `nvidia-smi` and returns its stdout. Rejects if it fails, with code ENOENT if there is none. */
  readonly nvidiaSmi: (args: readonly string[]) => Promise<string>;
  /** Returns the kernel module's version from /proc, which containers show too. */
  readonly kernelModule: () => string | undefined;
  readonly hasLibcuda: () => boolean;
  /** True if there is a device file of a GPU. */
  readonly hasDevice: () => boolean;
}

/** The first driver that runs CUDA 12, by CUDA's minor version compatibility. */
export const oldestDriver = 525;

const query = "index,name,memory.total,memory.free,compute_cap,uuid,driver_version";

/**
 * Returns whether a card runs a library with machine code for one architecture, "sm_90", alone: it must be of the same
 * generation and not older. True too where the driver does not report the card's.
 */
export function runsMachineCode({ computeCapability }: Gpu, architecture: string): boolean {
  const [major = 0, minor = 0] = computeCapability.split(".").map(Number);
  const code = Number(architecture.slice("sm_".length));
  return Number.isNaN(major) || (Math.floor(code / 10) === major && code % 10 <= minor);
}

/** Reads NVIDIA's driver and its GPUs without loading TensorFlow. Never throws. */
export async function readNvidiaDriver(sources: DriverSources = systemSources): Promise<NvidiaDriver> {
  try {
    const rows = parseQuery(
      await sources.nvidiaSmi([`--query-gpu=${query}`, "--format=csv,noheader,nounits"]),
    );
    return fromRows(rows, sources);
  } catch (error) {
    return withoutNvidiaSmi(error, sources);
  }
}

/**
 * An nvidia-smi that lists a GPU is believed: it has talked to the driver, wherever the driver's files are.
 */
function fromRows(rows: readonly QueryRow[], sources: DriverSources): NvidiaDriver {
  const version = rows[0]?.driverVersion ?? sources.kernelModule();
  if (rows.length === 0) {
    return unusable(version, "The driver is installed but shows no GPU.", containerRemedy);
  }
  return isTooOld(version) ? tooOld(version) : { state: "usable", version, gpus: rows.map(({ gpu }) => gpu) };
}

/** Judges the driver by its kernel module, device files and library where nvidia-smi is missing or fails. */
function withoutNvidiaSmi(error: unknown, sources: DriverSources): NvidiaDriver {
  const version = sources.kernelModule();
  // EACCES: a folder on PATH may not be searched, as after a change of user.
  const isMissing =
    error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES");
  const failure = () => unusable(version, `nvidia-smi fails: ${reasonOf(error)}`, reinstallRemedy);
  if (version === undefined && !sources.hasLibcuda()) {
    return isMissing ? { state: "none" } : failure();
  }
  if (!sources.hasDevice()) {
    return unusable(version, "The machine has NVIDIA's driver, but no GPU is visible here.", containerRemedy);
  }
  if (isTooOld(version)) {
    return tooOld(version);
  }
  if (!isMissing) {
    return failure();
  }
  return sources.hasLibcuda()
    ? { state: "usable", version, gpus: [] }
    : unusable(version, "The driver is there, but its libcuda.so.1 is not.", libraryRemedy);
}

const containerRemedy =
  'In a container, start it with the GPU passed through: "docker run --gpus all …" (NVIDIA Container Toolkit).';

const libraryRemedy =
  "Add the folder that holds it to LD_LIBRARY_PATH; in a container, pass the GPU through (docker run --gpus all …).";

const reinstallRemedy = "Restart the machine if the driver was just updated, otherwise reinstall the driver.";

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

function unusable(version: string | undefined, problem: string, remedy: string): NvidiaDriver {
  return { state: "unusable", version, problem, remedy };
}

/** nvidia-smi explains its failures on stdout. */
function reasonOf(error: unknown): string {
  const stdout = error instanceof Error && "stdout" in error ? String(error.stdout).trim() : "";
  return firstLine(stdout === "" ? error : stdout);
}

interface QueryRow {
  readonly gpu: Gpu;
  readonly driverVersion: string;
}

function parseQuery(output: string): QueryRow[] {
  return output
    .split("\n")
    .map((line) => line.split(",").map((field) => field.trim()))
    .filter((fields) => fields.length === query.split(",").length)
    .map(([index, name = "", memory, free, computeCapability = "", uuid = "", driverVersion = ""]) => ({
      gpu: {
        index: Number(index),
        name,
        memoryMiB: Number(memory),
        freeMiB: Number.isFinite(Number(free)) ? Number(free) : undefined,
        computeCapability,
        uuid,
      },
      driverVersion,
    }));
}

const systemSources: DriverSources = {
  nvidiaSmi: async (args) => {
    const command = findNvidiaSmi() ?? "nvidia-smi";
    const options = { env: withVendorLibraries(), timeout: 30_000, encoding: "utf8" } as const;
    return (await promisify(execFile)(command, [...args], options)).stdout;
  },
  kernelModule: () => {
    try {
      const text = readFileSync("/proc/driver/nvidia/version", "utf8");
      return /Kernel Module.*?\s(\d+\.\d+(\.\d+)?)\s/.exec(text)?.[1];
    } catch {
      return undefined;
    }
  },
  hasLibcuda: () => findDriverLibrary() !== undefined,
  // /dev/dxg is the GPU under Windows' Linux subsystem.
  hasDevice: () => existsSync("/dev/dxg") || readdirSync("/dev").some((name) => /^nvidia\d+$/.test(name)),
};
