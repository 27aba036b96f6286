import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import type { Wheel, WheelSet } from "../tensorflow/index.js";
import { openByteProgress } from "./byte-progress.js";
import { runSubprocess } from "./subprocess.js";

const pollMilliseconds = 200;

/**
 * Downloads a wheel with pip into `folder/download` and returns its path. pip verifies the hash.
 *
 * @throws SeglossError that says what went wrong
 */
export async function downloadWithPip(
  wheel: Wheel,
  { pipPlatforms }: WheelSet,
  python: string,
  folder: string,
): Promise<string> {
  const download = join(folder, "download");
  await rm(download, { recursive: true, force: true });
  await mkdir(download, { recursive: true });
  const requirements = join(download, "requirements.txt");
  await writeFile(requirements, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  // pip first writes into TMPDIR. Here its progress can be seen, and it is removed with the rest if set-up is
  // interrupted.
  const env = { ...process.env, TMPDIR: download, PIP_REQUIRE_VIRTUALENV: "0" };
  const stopWatching = watchGrowth(download, wheel);
  const { code, stderr } = await runSubprocess(python, pipArguments(requirements, pipPlatforms, download), {
    env,
  });
  stopWatching();
  const file = (await readdir(download)).find((name) => name.endsWith(".whl"));
  if (code !== 0 || file === undefined) {
    throw new SeglossError(explainPipFailure(wheel, stderr), { exitCode: exitCode.runFailed });
  }
  return join(download, file);
}

function pipArguments(requirements: string, platforms: readonly string[], folder: string): string[] {
  return [
    ...["-m", "pip", "download", "--requirement", requirements, "--require-hashes", "--no-deps"],
    ...["--only-binary=:all:", ...platforms.flatMap((platform) => ["--platform", platform])],
    ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--dest", folder],
    ...["--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"],
  ];
}

const networkError =
  /NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Temporary failure in name resolution|Network is unreachable|Connection (refused|reset|aborted|broken)|IncompleteRead|HTTPError/i;

/** Turns pip's stderr into one message: what went wrong and what to do. */
export function explainPipFailure(
  { name, version }: Pick<Wheel, "name" | "version">,
  stderr: string,
): string {
  const again = `then run "${setupCommandLine()}" again`;
  if (/DO NOT MATCH THE HASHES/.test(stderr)) {
    return `${name} ${version}: the downloaded file does not have the pinned sha256. Try again; if that does not help, check the package index that pip uses ("python3 -m pip config list").`;
  }
  if (/No space left on device|Errno 28/.test(stderr)) {
    return `The disk filled up during the download of ${name}. Free some space, or choose another disk with SEGLOSS_CACHE, ${again}.`;
  }
  if (networkError.test(stderr)) {
    return `No network: pip could not reach its package index for ${name} ${version}. Check the connection or proxy ("python3 -m pip config list"), ${again}; or install a pack that "${setupCommandLine("--pack", "FILE")}" has written on another machine.`;
  }
  if (/No matching distribution|Could not find a version/.test(stderr)) {
    return `The package index that pip uses does not have ${name} ${version}: point pip at one that does ("python3 -m pip config list"), ${again}.`;
  }
  const errors = stderr.split("\n").filter((line) => line.startsWith("ERROR:"));
  const reason = errors.at(-1)?.slice(7) ?? (stderr.trim() || "pip printed no reason");
  return `pip could not download ${name} ${version}: ${reason}`;
}

/** Shows how many bytes have arrived in a folder. Returns the function that ends this. */
function watchGrowth(folder: string, wheel: Wheel): () => void {
  const progress = openByteProgress(`downloading ${wheel.name} ${wheel.version}`, wheel.bytes);
  const timer = setInterval(async () => progress.update(await bytesIn(folder)), pollMilliseconds);
  return () => {
    clearInterval(timer);
    progress.close();
  };
}

async function bytesIn(folder: string): Promise<number> {
  // Files appear and disappear while pip works.
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const found = await stat(join(folder, entry)).catch(() => undefined);
    return found?.isFile() === true ? found.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
