import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import type { Wheel, WheelSet } from "../tensorflow/index.js";
import { isOlder } from "./machine.js";
import { downloadFromIndex } from "./package-index.js";
import { readPackageSources } from "./package-sources.js";
import { downloadWithPip } from "./pip.js";
import { runSubprocess } from "./subprocess.js";

const oldestPip = [20, 3] as const;

/** What set-up needs; undefined for what this set-up does not need. */
export interface Tools {
  readonly download: Downloader | undefined;
  readonly compiler: string | undefined;
}

/**
 * Downloads a wheel into a folder, verifies its sha256 and returns its path. Throws a SeglossError if that
 * fails.
 */
export type Downloader = (wheel: Wheel, wheelSet: WheelSet, folder: string) => Promise<string>;

/**
 * Finds the tools that are wanted. Throws one SeglossError that lists everything that is missing and how to
 * install it.
 */
export async function findTools(wanted: {
  readonly download: boolean;
  readonly compiler: boolean;
}): Promise<Tools> {
  const [download, compiler] = await Promise.allSettled([
    wanted.download ? findDownloader() : undefined,
    wanted.compiler ? findCompiler() : undefined,
  ]);
  const problems = [download, compiler].flatMap((result) =>
    result.status === "rejected" ? [result.reason.message] : [],
  );
  if (download.status === "rejected" || compiler.status === "rejected") {
    throw new SeglossError(problems.join("\n"), { exitCode: exitCode.runFailed });
  }
  return { download: download.value, compiler: compiler.value };
}

/**
 * pip knows every kind of index, proxy and certificate, so it is preferred. Without it the sources that pip
 * is configured for do.
 */
async function findDownloader(): Promise<Downloader> {
  try {
    const python = await findPython();
    return (wheel, wheelSet, folder) => downloadWithPip(wheel, wheelSet, python, folder);
  } catch (error) {
    const sources = readPackageSources();
    if (sources.indexes.length + sources.folders.length === 0) {
      throw error;
    }
    return (wheel, _, folder) => downloadFromIndex(wheel, sources, folder);
  }
}

/**
 * Finds a Python 3 with a recent pip. Throws a SeglossError with the command that installs what is missing.
 */
async function findPython(): Promise<string> {
  const python = process.env.PYTHON ?? "python3";
  const version = await runSubprocess(python, ["-c", "import sys; print(sys.version_info[0])"]);
  if (version.code !== 0 || version.stdout.trim() !== "3") {
    throw missing(
      "Python 3 is missing: set-up downloads TensorFlow with its pip",
      installCommand("python"),
      withoutPython,
    );
  }
  const pip = await runSubprocess(python, ["-m", "pip", "--version"]);
  const found = /^pip (\d+)\.(\d+)/m.exec(pip.stdout);
  if (pip.code !== 0 || found === null) {
    throw missing(
      "Python has no pip: set-up downloads TensorFlow with it",
      installCommand("pip"),
      withoutPython,
    );
  }
  if (isOlder([Number(found[1]), Number(found[2])], oldestPip)) {
    throw missing(
      `pip ${found[1]}.${found[2]} is too old for TensorFlow's wheels: ${oldestPip.join(".")} is needed`,
      `${python} -m pip install --upgrade pip`,
      withoutPython,
    );
  }
  return python;
}

const withoutPython = "or name a package index in PIP_INDEX_URL, which set-up then uses without Python";

/**
 * Finds a C++ compiler: $CXX, else the first one that runs. Throws a SeglossError with the command that
 * installs one.
 */
async function findCompiler(): Promise<string> {
  const candidates = process.env.CXX === undefined ? ["g++", "clang++", "c++"] : [process.env.CXX];
  for (const candidate of candidates) {
    if ((await runSubprocess(candidate, ["--version"])).code === 0) {
      return candidate;
    }
  }
  const what =
    process.env.CXX === undefined
      ? "A C++ compiler is missing"
      : `The compiler in CXX, ${process.env.CXX}, does not run`;
  const { message } = missing(`${what}: set-up compiles tfjs's addon with it`, installCommand("compiler"));
  throw new SeglossError(
    `${message} A pack from another machine needs none: "${setupCommandLine("--from", "FILE")}".`,
    { exitCode: exitCode.runFailed },
  );
}

function missing(what: string, command: string, alternative?: string): SeglossError {
  const other = alternative === undefined ? "" : `, ${alternative}`;
  return new SeglossError(
    `${what}. Install it with "${command}"${other}, then run "${setupCommandLine()}" again.`,
    { exitCode: exitCode.runFailed },
  );
}

/** Returns the install command of this machine's package manager. */
function installCommand(thing: "python" | "pip" | "compiler"): string {
  const packages = {
    "apt-get": { python: "python3 python3-pip", pip: "python3-pip", compiler: "g++" },
    dnf: { python: "python3 python3-pip", pip: "python3-pip", compiler: "gcc-c++" },
    zypper: { python: "python3 python3-pip", pip: "python3-pip", compiler: "gcc-c++" },
  };
  if (process.platform === "darwin") {
    return thing === "pip" ? "python3 -m ensurepip" : "xcode-select --install";
  }
  if (isOnPath("pacman")) {
    return `sudo pacman -S ${{ python: "python python-pip", pip: "python-pip", compiler: "gcc" }[thing]}`;
  }
  const manager = (["apt-get", "dnf", "zypper"] as const).find(isOnPath) ?? "apt-get";
  return `sudo ${manager} install ${packages[manager][thing]}`;
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
}
