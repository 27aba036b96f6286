import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";

// Where NVIDIA's driver keeps its command and its library. Most machines have both on the default paths.
// Clusters and container runtimes mount them into vendor folders, which a shell or the system's loader knows
// only if somebody says so.

/** The driver's library, which TensorFlow opens by name. */
export const driverLibraryName = "libcuda.so.1";

/** Folders to search; tests pass their own. */
export interface DriverFolders {
  /** Folders that the system's loader searches, for systems whose loader's cache cannot be read. */
  readonly system: readonly string[];
  /** Folders of vendors with `nvidia-smi`, searched after PATH. */
  readonly programs: readonly string[];
  /** Folders of vendors with libcuda.so.1, searched after everything that the system's loader searches. */
  readonly libraries: readonly string[];
}

/** The vendors are device plugins of Kubernetes, Windows' Linux subsystem, and NixOS. */
export const driverFolders: DriverFolders = {
  system: [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
  ],
  programs: ["/usr/local/nvidia/bin", "/usr/lib/wsl/lib", "/run/opengl-driver/bin"],
  libraries: [
    "/usr/local/nvidia/lib64",
    "/usr/local/nvidia/lib",
    "/usr/lib/wsl/lib",
    "/run/opengl-driver/lib",
  ],
};

export interface DriverLibrary {
  readonly path: string;
  /** True if the system's loader finds the library by its name alone. */
  readonly isOnLoaderPath: boolean;
}

/**
 * Finds libcuda.so.1 where the system's loader looks (LD_LIBRARY_PATH, the loader's cache, the default
 * folders), then in the vendors' folders. Returns undefined if it is in none of them.
 *
 * @param loaderCache what `ldconfig -p` prints
 */
export function findDriverLibrary(
  env: NodeJS.ProcessEnv = process.env,
  loaderCache: string = readLoaderCache(),
  { system, libraries }: DriverFolders = driverFolders,
): DriverLibrary | undefined {
  const inFolder = (folder: string): string => join(folder, driverLibraryName);
  const onLoaderPath = [
    ...splitPath(env.LD_LIBRARY_PATH).map(inFolder),
    ...cachedPaths(loaderCache),
    ...system.map(inFolder),
  ].find((path) => existsSync(path));
  if (onLoaderPath !== undefined) {
    return { path: onLoaderPath, isOnLoaderPath: true };
  }
  const path = libraries.map(inFolder).find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : { path, isOnLoaderPath: false };
}

/**
 * Returns the path of `nvidia-smi`: the first on PATH, else the first in a vendor's folder, else undefined.
 */
export function findNvidiaSmi(
  env: NodeJS.ProcessEnv = process.env,
  { programs }: DriverFolders = driverFolders,
): string | undefined {
  return [...splitPath(env.PATH), ...programs]
    .map((folder) => join(folder, "nvidia-smi"))
    .find((path) => existsSync(path));
}

/** Returns an environment in which a command of the driver also finds libraries in the vendors' folders. */
export function withVendorLibraries(
  env: NodeJS.ProcessEnv = process.env,
  { libraries }: DriverFolders = driverFolders,
): NodeJS.ProcessEnv {
  const folders = [...splitPath(env.LD_LIBRARY_PATH), ...libraries.filter((folder) => existsSync(folder))];
  return folders.length === 0 ? env : { ...env, LD_LIBRARY_PATH: folders.join(delimiter) };
}

/** RTLD_NODELETE on Linux; node:os does not list it. */
const noDelete = 0x1000;

/** What libcuda opens by name to compile PTX; it looks only where the system's loader does. */
const compilerLibraries = /^libnvidia-(gpucomp|nvvm|ptxjitcompiler)\.so\.\d/;

/**
 * Loads the driver's library by its path if the system's loader would not find it by its name. TensorFlow's
 * later `dlopen("libcuda.so.1")` then returns the loaded one, because the loader compares the names of loaded
 * libraries first. A process cannot change its own LD_LIBRARY_PATH: the loader reads it once, at the start.
 */
export function loadDriverLibrary(library: DriverLibrary | undefined = findDriverLibrary()): void {
  if (library === undefined || library.isOnLoaderPath) {
    return;
  }
  const folder = dirname(library.path);
  const companions = readdirSync(folder).filter((name) => compilerLibraries.test(name));
  for (const path of [...companions.sort().map((name) => join(folder, name)), library.path]) {
    loadForGood(path);
  }
}

function loadForGood(path: string): void {
  const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
  try {
    process.dlopen({ exports: {} }, path, RTLD_NOW | RTLD_GLOBAL | noDelete);
  } catch {
    // Node refuses every library that is not an addon, after it has loaded it. If it could not be loaded,
    // TensorFlow says so.
  }
}

function cachedPaths(loaderCache: string): string[] {
  return [...loaderCache.matchAll(/^\s*libcuda\.so\.1 .*=> (\S.*)$/gm)].map(([, path = ""]) => path);
}

/** Returns "" where there is no ldconfig, or no cache. */
function readLoaderCache(): string {
  // A user's PATH often lacks /sbin.
  for (const command of ["/sbin/ldconfig", "/usr/sbin/ldconfig", "ldconfig"]) {
    try {
      return execFileSync(command, ["-p"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    } catch {
      // The next one may be there.
    }
  }
  return "";
}

function splitPath(path: string | undefined): string[] {
  return (path ?? "").split(delimiter).filter((folder) => folder !== "");
}
