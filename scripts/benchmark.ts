import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

// `npm run benchmark`: times segloss and its peers in alternation, so that noise of the machine affects all of them.
//
//     npm run benchmark [-- --python venv/bin/python] [--rounds 3] [--runs 18] [--steps 10001] [--json FILE]
//
// Rates are run-steps per second. Those of segloss are of the whole process, with start-up, compilation and all files; those
// of the peers leave out start-up and compilation, and the peers write no files.

interface Setting {
  readonly losses: 3 | 5;
  readonly batchNorm: boolean;
}

interface Timing {
  /** Seconds of the whole process. */
  readonly wall: number;
  /** Run-steps per second. */
  readonly rate: number;
}

/** An implementation to be timed. */
interface Contender {
  readonly name: string;
  /** The share of the runs that it trains; slow implementations train fewer. */
  readonly share: number;
  readonly train: (setting: Setting, runs: number, steps: number) => Promise<Timing>;
}

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const peers = fileURLToPath(new URL("peers/", import.meta.url));
const cores = 2;
const settings: readonly Setting[] = [
  { losses: 3, batchNorm: false },
  { losses: 3, batchNorm: true },
  { losses: 5, batchNorm: false },
  { losses: 5, batchNorm: true },
];

const { values: flags } = parseArgs({
  options: {
    python: { type: "string" },
    rounds: { type: "string", default: "3" },
    runs: { type: "string", default: "18" },
    steps: { type: "string", default: "10001" },
    json: { type: "string" },
  },
});

await benchmark(Number(flags.rounds), Number(flags.runs), Number(flags.steps));

async function benchmark(rounds: number, runs: number, steps: number): Promise<void> {
  const contenders = await findContenders(flags.python);
  console.log(
    `${cpus()[0]?.model ?? "unknown processor"}, ${cores} worker processes, ${new Date().toISOString().slice(0, 10)}`,
  );
  const results = [];
  for (const kind of ["sweep", "single run"] as const) {
    for (const setting of settings) {
      const timings = await alternate(contenders, setting, kind === "sweep" ? runs : 1, steps, rounds);
      const title = `${kind}, ${setting.losses} losses, ${setting.batchNorm ? "with" : "without"} batch norm`;
      results.push({ title, timings });
      printTable(title, kind, timings);
    }
  }
  if (flags.json !== undefined) {
    writeFileSync(flags.json, `${JSON.stringify(results, undefined, 2)}\n`);
  }
}

/** Times all contenders in turn, several rounds, and returns the medians. */
async function alternate(
  contenders: readonly Contender[],
  setting: Setting,
  runs: number,
  steps: number,
  rounds: number,
): Promise<{ readonly name: string; readonly wall: number; readonly rate: number }[]> {
  const all = new Map<string, Timing[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, share, train } of contenders) {
      // At least one run for each core.
      const ownRuns = runs === 1 ? 1 : Math.max(cores, Math.round(runs * share));
      all.get(name)?.push(await train(setting, ownRuns, steps));
    }
  }
  return [...all].map(([name, timings]) => ({
    name,
    wall: median(timings.map(({ wall }) => wall)),
    rate: median(timings.map(({ rate }) => rate)),
  }));
}

async function findContenders(python: string | undefined): Promise<readonly Contender[]> {
  const segloss: Contender = { name: "segloss", share: 1, train: trainSegloss };
  if (python === undefined) {
    console.log(
      "No peers: use --python to name a Python that has them; scripts/peers/README.md says how to create one.",
    );
    return [segloss];
  }
  const candidates = [
    { name: "jax_scan.py", module: "jax", share: 1, processes: 1 },
    { name: "tf_graph.py", module: "tensorflow", share: 1 / 9, processes: cores },
    { name: "torch_eager.py", module: "torch", share: 1 / 9, processes: cores },
  ];
  const found: Contender[] = [segloss];
  for (const { name, module, share, processes } of candidates) {
    const isInstalled = await promisify(execFile)(python, ["-c", `import ${module}`]).then(
      () => true,
      () => false,
    );
    if (isInstalled) {
      found.push({ name, share, train: (...work) => trainPeer(python, name, processes, ...work) });
    } else {
      console.log(`${name} is left out: ${python} has no ${module}.`);
    }
  }
  return found;
}

/** Times segloss: several runs as a sweep, a single one by `segloss run` into a file. */
async function trainSegloss({ losses, batchNorm }: Setting, runs: number, steps: number): Promise<Timing> {
  const folder = mkdtempSync(join(tmpdir(), "segloss-benchmark-"));
  try {
    const names =
      losses === 3 ? ["cce", "dicefg", "dice"] : ["cce", "dice", "dice_square", "dicefg", "dicefg_square"];
    const args =
      runs === 1
        ? runArguments(names, batchNorm, steps, folder)
        : sweepArguments(names, batchNorm, runs, steps, folder);
    const wall = await seconds(process.execPath, [cli, ...args]);
    return { wall, rate: (runs * steps) / wall };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runArguments(
  losses: readonly string[],
  batchNorm: boolean,
  steps: number,
  folder: string,
): string[] {
  return [
    ...["run", "--quiet", "--threshold", "0.5", "--loss", "cce", "--monitor", losses.join(",")],
    ...["--steps", String(steps), "--output", join(folder, "run.csv")],
    ...(batchNorm ? ["--batch-norm"] : []),
  ];
}

/** Three thresholds x three trained losses x repetitions, the same grid as the peers' `--threshold all --train-loss`. */
function sweepArguments(
  losses: readonly string[],
  batchNorm: boolean,
  runs: number,
  steps: number,
  folder: string,
): string[] {
  const config = join(folder, "config.json");
  const grid = { threshold: [0.05, 0.5, 0.95], loss: ["cce", "dicefg", "dice"], runs: runs / 9 };
  writeFileSync(config, JSON.stringify({ ...grid, batchNorm, steps, monitor: losses }));
  return ["sweep", config, "--quiet", "--out", join(folder, "out"), "--jobs", String(cores)];
}

/** Times a peer. One that uses only one core by itself is started once for each core, with a part of the runs. */
async function trainPeer(
  python: string,
  script: string,
  processes: number,
  { losses, batchNorm }: Setting,
  runs: number,
  steps: number,
): Promise<Timing> {
  const started = performance.now();
  const parts = runs === 1 ? 1 : processes;
  const threads = processes === 1 && runs > 1 ? cores : 1;
  const args = [
    ...[
      join(peers, script),
      "--losses",
      String(losses),
      "--bn",
      batchNorm ? "1" : "0",
      "--optimizer",
      "adam",
    ],
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

async function seconds(command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) {
    throw new Error(`${command} ${args.join(" ")} ended with exit code ${code}`);
  }
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function printTable(
  title: string,
  kind: string,
  timings: readonly { name: string; wall: number; rate: number }[],
): void {
  const own = timings[0];
  console.log(`\n${title}`);
  for (const { name, wall, rate } of timings) {
    const ratio = own === undefined ? Number.NaN : own.rate / rate;
    // Times of whole processes can be compared only where all train the same runs.
    const whole = kind === "single run" ? `  ${wall.toFixed(1).padStart(6)} s for the whole process` : "";
    console.log(
      `  ${name.padEnd(16)}${Math.round(rate).toLocaleString("en-US").padStart(8)} run-steps/s${whole}${name === own?.name ? "" : `  segloss is ${ratio.toFixed(2)} x`}`,
    );
  }
}
