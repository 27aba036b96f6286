import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LossName } from "../../src/study/losses.js";
import { type IdleShares, idleShares, watchWorkers } from "./idle.js";

// What is timed: segloss as a whole process, and the peers, which say themselves how long they trained.

/** Which losses are monitored, and whether the network has batch norm. */
export interface Setting {
  readonly names: readonly LossName[];
  readonly batchNorm: boolean;
}

/** The seconds of the whole process, and run-steps per second. */
export interface Timing {
  readonly wall: number;
  readonly rate: number;
  /** Of a sweep's cores; undefined for others, and where it cannot be observed. */
  readonly idle?: IdleShares | undefined;
}

/** An implementation to be timed. */
export interface Contender {
  readonly name: string;
  /** The share of the runs that it trains; slow implementations train fewer. */
  readonly share: number;
  readonly train: (setting: Setting, runs: number, steps: number) => Promise<Timing>;
}

/** Where the peers are: a Python that has their packages, and the folder of their scripts. */
export interface Peers {
  readonly python: string;
  readonly folder: string;
}

/** Worker processes of every contender. */
export const cores = 2;

/** The built program. */
export const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** segloss: several runs as a sweep, a single one by `segloss run` into a file. */
export const segloss: Contender = {
  name: "segloss",
  share: 1,
  train: (setting, runs, steps) =>
    inFolder(async (folder) => {
      if (runs === 1) {
        const args = ["run", ...runFlags(setting, steps), "--output", join(folder, "run.csv")];
        const { wall } = await timeProgram(args);
        return { wall, rate: steps / wall };
      }
      const timed = await timeProgram(sweepArguments(setting, runs, steps, folder));
      return { ...timed, rate: (runs * steps) / timed.wall };
    }),
};

/** Times a sweep of a shipped config, by its name. */
export function trainConfig(config: string): Promise<Omit<Timing, "rate">> {
  return inFolder((folder) =>
    timeProgram(["sweep", config, "--quiet", "--out", join(folder, "out"), "--jobs", String(cores)]),
  );
}

/** Returns the peers whose packages the Python has. */
export async function findPeers(peers: Peers): Promise<readonly Contender[]> {
  const candidates = [
    { name: "jax_scan.py", module: "jax", share: 1, processes: 1 },
    { name: "tf_graph.py", module: "tensorflow", share: 1 / 9, processes: cores },
    { name: "torch_eager.py", module: "torch", share: 1 / 9, processes: cores },
  ];
  const found: Contender[] = [];
  for (const { name, module, share, processes } of candidates) {
    const isInstalled = await promisify(execFile)(peers.python, ["-c", `import ${module}`]).then(
      () => true,
      () => false,
    );
    if (isInstalled) {
      found.push({ name, share, train: (...work) => trainPeer(peers, name, processes, ...work) });
    } else {
      console.log(`${name} is left out: ${peers.python} has no ${module}.`);
    }
  }
  return found;
}

/** Does something with a temporary folder, which is then removed. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "segloss-benchmark-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns the flags of a single run, without its output. */
export function runFlags({ names, batchNorm }: Setting, steps: number): string[] {
  return [
    ...["--quiet", "--threshold", "0.5", "--loss", "cce", "--monitor", names.join(",")],
    ...["--steps", String(steps), ...(batchNorm ? ["--batch-norm"] : [])],
  ];
}

/** Three thresholds x three trained losses x repetitions, the same grid as the peers' `--threshold all --train-loss`. */
function sweepArguments(
  { names, batchNorm }: Setting,
  runs: number,
  steps: number,
  folder: string,
): string[] {
  const config = join(folder, "config.json");
  const grid = { threshold: [0.05, 0.5, 0.95], loss: ["cce", "dicefg", "dice"], runs: runs / 9 };
  writeFileSync(config, JSON.stringify({ ...grid, batchNorm, steps, monitor: names }));
  return ["sweep", config, "--quiet", "--out", join(folder, "out"), "--jobs", String(cores)];
}

/** Times a peer. One that uses only one core by itself is started once for each core, with a part of the runs. */
async function trainPeer(
  { python, folder }: Peers,
  script: string,
  processes: number,
  { names, batchNorm }: Setting,
  runs: number,
  steps: number,
): Promise<Timing> {
  const started = performance.now();
  const parts = runs === 1 ? 1 : processes;
  const threads = processes === 1 && runs > 1 ? cores : 1;
  const args = [
    ...[join(folder, script), "--losses", String(names.length), "--bn", batchNorm ? "1" : "0"],
    ...["--optimizer", "adam"],
    ...(runs === 1
      ? ["--threshold", "0.5", "--train-loss", "CCE"]
      : ["--threshold", "all", "--train-loss", "CCE,DICEFG,DICE"]),
    ...["--steps", String(steps), "--runs", String(runs / parts), "--threads", String(threads)],
  ];
  const outputs = await Promise.all(Array.from({ length: parts }, () => promisify(execFile)(python, args)));
  const rates = outputs.map(
    ({ stdout }) => JSON.parse(stdout.trim().split("\n").at(-1) ?? "").run_steps_per_s as number,
  );
  return { wall: (performance.now() - started) / 1000, rate: rates.reduce((total, rate) => total + rate, 0) };
}

/** Runs segloss with some arguments and returns its seconds and the idle shares of its cores. Throws if it fails. */
async function timeProgram(args: readonly string[]): Promise<Omit<Timing, "rate">> {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const watch = child.pid === undefined ? undefined : watchWorkers(child.pid);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const wall = (performance.now() - started) / 1000;
  const observed = watch?.close();
  if (code !== 0) {
    throw new Error(`segloss ${args.join(" ")} ended with exit code ${code}`);
  }
  return { wall, idle: observed && idleShares({ ...observed, wall, cores }) };
}
