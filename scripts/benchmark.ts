import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type Contender,
  cores,
  findPeers,
  type Setting,
  segloss,
  type Timing,
  trainConfig,
} from "./benchmark/contenders.js";
import { floorSeconds, measurePeak } from "./benchmark/floor.js";
import { type StartResult, startTable, timeStart } from "./benchmark/start.js";
import { idleSpread, spread, type TimingRow, timingTable } from "./benchmark/tables.js";

// `npm run benchmark`: times segloss and its peers in alternation, so that noise of the machine affects all of them.
//
//     npm run benchmark [-- --python venv/bin/python] [--peers scripts/peers] [--case sweep,single,start,original,full]
//                       [--setting 3,3bn,5,5bn] [--rounds 3] [--runs 36] [--steps 5001] [--json FILE]
//
// Rates are run-steps per second. Those of segloss are of the whole process, with start-up, compilation and all files; those
// of the peers leave out start-up and compilation, and the peers write no files.
//
// The case "start" times the start of one run, in three times as many rounds, in the settings 3 and 3bn unless others are
// named. Below a sweep stands which share of the cores was idle after their worker's end, and altogether: on Linux, from
// /proc.

const three = ["cce", "dicefg", "dice"] as const;
const five = ["cce", "dice", "dice_square", "dicefg", "dicefg_square"] as const;

/** The settings by their names on the command line. */
const settings: Readonly<Record<string, Setting>> = {
  "3": { names: three, batchNorm: false },
  "3bn": { names: three, batchNorm: true },
  "5": { names: five, batchNorm: false },
  "5bn": { names: five, batchNorm: true },
};

/** The shipped configs of the whole study, half of whose runs have batch norm. */
const grids = {
  original: { runs: 108, steps: 10_001, names: three },
  full: { runs: 180, steps: 10_001, names: five },
} as const;

/** What was measured in one case, of every contender. */
interface Result {
  readonly title: string;
  readonly contenders: readonly TimingRow[];
}

const { values: flags } = parseArgs({
  options: {
    python: { type: "string" },
    peers: { type: "string", default: fileURLToPath(new URL("peers/", import.meta.url)) },
    case: { type: "string", default: "sweep,single" },
    setting: { type: "string" },
    rounds: { type: "string", default: "3" },
    runs: { type: "string", default: "36" },
    steps: { type: "string", default: "5001" },
    json: { type: "string" },
  },
});
const [rounds, runs, steps] = [Number(flags.rounds), Number(flags.runs), Number(flags.steps)];

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${cores} worker processes, ${new Date().toISOString().slice(0, 10)}`,
);
const contenders = [segloss, ...(await peersOf(flags.python))];
const results: (Result | StartResult)[] = [];
const sweepRates = new Map<string, number>();
for (const name of flags.case.split(",")) {
  if (name === "original" || name === "full") {
    show(await timeGrid(name));
    continue;
  }
  const keys = flags.setting ?? (name === "start" ? "3,3bn" : Object.keys(settings).join(","));
  for (const key of keys.split(",")) {
    const setting = settings[key];
    if (setting === undefined || (name !== "sweep" && name !== "single" && name !== "start")) {
      throw new Error(`there is no case "${name}" with setting "${key}"`);
    }
    if (name === "start") {
      // These processes are short, and their times vary more.
      const start = await timeStart(setting, 3 * rounds);
      results.push(start);
      console.log(startTable(start));
      continue;
    }
    const result = await timeCase(name, setting);
    show(result);
    if (name === "sweep") {
      sweepRates.set(key, result.contenders[0]?.rate.median ?? Number.NaN);
    }
  }
}
if (sweepRates.size > 0) {
  await showFloor();
}
if (flags.json !== undefined) {
  writeFileSync(flags.json, `${JSON.stringify(results, undefined, 2)}\n`);
}

async function peersOf(python: string | undefined): Promise<readonly Contender[]> {
  if (python === undefined) {
    console.log(
      "No peers: use --python to name a Python that has them; scripts/peers/README.md says how to create one.",
    );
    return [];
  }
  return findPeers({ python, folder: flags.peers });
}

function show(result: Result): void {
  results.push(result);
  console.log(timingTable(result.title, result.contenders));
}

/** Times all contenders in turn, several rounds. */
async function timeCase(kind: "sweep" | "single", setting: Setting): Promise<Result> {
  const count = kind === "single" ? 1 : runs;
  const all = new Map<string, Timing[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, share, train } of contenders) {
      // At least one run for each core.
      const ownRuns = count === 1 ? 1 : Math.max(cores, Math.round(count * share));
      all.get(name)?.push(await train(setting, ownRuns, steps));
    }
  }
  const { names, batchNorm } = setting;
  return {
    title: `${kind}, ${count} x ${steps} steps, ${names.length} losses, ${batchNorm ? "with" : "without"} batch norm`,
    contenders: [...all].map(([name, timings]) => ({
      name,
      wall: spread(timings.map(({ wall }) => wall)),
      rate: spread(timings.map(({ rate }) => rate)),
      idle: idleSpread(timings.map(({ idle }) => idle)),
    })),
  };
}

/** Times a shipped config, and the first peer on as many runs of each of its two settings as `--runs` says. */
async function timeGrid(name: keyof typeof grids): Promise<Result> {
  const grid = grids[name];
  const timings: Omit<Timing, "rate">[] = [];
  const peerRates: number[] = [];
  const peer = contenders[1];
  for (let round = 0; round < rounds; round++) {
    timings.push(await trainConfig(name));
    if (peer !== undefined) {
      const plain = await peer.train({ names: grid.names, batchNorm: false }, runs, grid.steps);
      const normed = await peer.train({ names: grid.names, batchNorm: true }, runs, grid.steps);
      peerRates.push(2 / (1 / plain.rate + 1 / normed.rate));
    }
  }
  const walls = timings.map(({ wall }) => wall);
  const rates = walls.map((wall) => (grid.runs * grid.steps) / wall);
  return {
    title: `${name}.json, ${grid.runs} x ${grid.steps} steps`,
    contenders: [
      {
        name: segloss.name,
        wall: spread(walls),
        rate: spread(rates),
        idle: idleSpread(timings.map(({ idle }) => idle)),
      },
      ...(peer === undefined ? [] : [{ name: peer.name, wall: spread([]), rate: spread(peerRates) }]),
    ],
  };
}

/** Prints how near the sweeps came to the time that their matrix products alone would take. */
async function showFloor(): Promise<void> {
  const peak = await measurePeak();
  console.log(
    `\nshare of the floor; a core's peak is ${(peak / 1e9).toFixed(0)} thousand million multiply-adds a second`,
  );
  for (const [key, rate] of sweepRates) {
    const setting = settings[key];
    if (setting !== undefined) {
      const floor = floorSeconds(setting, peak) * 1e6;
      const step = (cores / rate) * 1e6;
      console.log(
        `  ${key.padEnd(4)} ${step.toFixed(1).padStart(6)} us a step, floor ${floor.toFixed(1).padStart(5)} us: ${((100 * floor) / step).toFixed(0)} %`,
      );
    }
  }
}
