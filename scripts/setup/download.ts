import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCode, SeglossError } from "../../src/errors.js";
import { run } from "./command.js";
import { startProgress } from "./progress.js";
import type { Provision, Wheel } from "./wheels.js";

const pollMilliseconds = 200;

/** Fetches one wheel with pip into a folder of its own under `folder` and gives its path. pip checks the hash. Throws a SeglossError that says what went wrong. */
export async function downloadWheel(
  wheel: Wheel,
  { pipPlatforms }: Provision,
  { python, folder }: { readonly python: string; readonly folder: string },
): Promise<string> {
  const here = join(folder, "download");
  await rm(here, { recursive: true, force: true });
  await mkdir(here, { recursive: true });
  const requirements = join(here, "requirements.txt");
  await writeFile(requirements, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const stop = watchGrowth(here, wheel);
  const outcome = await run(
    python,
    [
      ...[
        "-m",
        "pip",
        "download",
        "--requirement",
        requirements,
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
      ],
      ...pipPlatforms.flatMap((platform) => ["--platform", platform]),
      ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--dest", here],
      ...[
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        "--timeout",
        "30",
        "--retries",
        "2",
      ],
    ],
    // pip writes a download into TMPDIR first: here it is seen growing, and goes with the rest if set-up is interrupted.
    { env: { ...process.env, TMPDIR: here, PIP_REQUIRE_VIRTUALENV: "0" } },
  );
  stop();
  const file = (await readdir(here)).find((name) => name.endsWith(".whl"));
  if (outcome.code !== 0 || file === undefined) {
    throw new SeglossError(downloadProblem(wheel, outcome.stderr), { exitCode: exitCode.runFailed });
  }
  return join(here, file);
}

/** One sentence for what pip said. */
export function downloadProblem({ name, version }: Pick<Wheel, "name" | "version">, stderr: string): string {
  const again = 'then run "npm run setup" again';
  if (/DO NOT MATCH THE HASHES/.test(stderr)) {
    return `${name} ${version} arrived changed: its sha256 is not the pinned one. Try again; if it stays so, check the package index that pip uses ("python3 -m pip config list").`;
  }
  if (/No space left on device|Errno 28/.test(stderr)) {
    return `The disk filled up while ${name} was downloaded. Free some space, or choose another disk with SEGLOSS_CACHE, ${again}.`;
  }
  if (
    /NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Temporary failure in name resolution|Network is unreachable|Connection (refused|reset|aborted|broken)|IncompleteRead|HTTPError/i.test(
      stderr,
    )
  ) {
    return `No network: pip could not reach its package index for ${name} ${version}. Check the connection or proxy ("python3 -m pip config list"), ${again}.`;
  }
  if (/No matching distribution|Could not find a version/.test(stderr)) {
    return `The package index that pip uses does not have ${name} ${version}: point pip at one that does ("python3 -m pip config list"), ${again}.`;
  }
  const errors = stderr.split("\n").filter((line) => line.startsWith("ERROR:"));
  return `pip could not download ${name} ${version}: ${errors.at(-1)?.slice(7) ?? (stderr.trim() || "it said nothing")}`;
}

/** Shows the bytes that have arrived in a folder; gives the function that ends it. */
function watchGrowth(folder: string, wheel: Wheel): () => void {
  const progress = startProgress(`downloading ${wheel.name} ${wheel.version}`, wheel.bytes);
  const timer = setInterval(async () => progress.update(await bytesIn(folder)), pollMilliseconds);
  return () => {
    clearInterval(timer);
    progress.close();
  };
}

async function bytesIn(folder: string): Promise<number> {
  // Files come and go while pip works.
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const found = await stat(join(folder, entry)).catch(() => undefined);
    return found?.isFile() === true ? found.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
