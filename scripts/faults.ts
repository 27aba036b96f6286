import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { closeDisks, openDisk } from "./faults/disk.js";
import { folderFaults } from "./faults/folder-faults.js";
import { kill, markedProcesses } from "./faults/processes.js";
import { createRandom, type Random } from "./faults/random.js";
import { runShardFaults } from "./faults/shards.js";
import { csvBytes, type SweepSetup, startSweep } from "./faults/sweep.js";
import { sweepFaults } from "./faults/sweep-faults.js";
import { type InjectedFault, type Reference, runTrial } from "./faults/trial.js";

// `npm run test:faults`: injects faults into real sweeps at random moments, resumes them, and compares every byte with an
// undisturbed sweep. Prints a table. Exits with 1 if a byte differs, a process is left or a sweep hangs. With --shards the sweeps
// are divided into shards, which a Slurm cluster on this machine trains.

const { values: flags } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    faults: { type: "string", default: "60" },
    jobs: { type: "string", default: "2" },
    shards: { type: "boolean", default: false },
  },
});

/** Two compiled steps, eight runs of a few seconds. */
const config = {
  batchNorm: [false, true],
  loss: ["cce", "dice"],
  runs: 2,
  steps: 3001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};

/** The names of faults that this machine allows. */
interface FaultNames {
  readonly sweep: string[];
  readonly folder: string[];
}

/** Fault names not drawn yet: each is drawn once before any is drawn again. */
const decks = new Map<readonly string[], string[]>();

const scratch = mkdtempSync(join(tmpdir(), "segloss-faults-"));
const mark = `${process.pid}`;
process.on("exit", () => {
  for (const { pid } of markedProcesses(mark)) {
    if (pid !== process.pid) {
      kill(pid);
    }
  }
  closeDisks();
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => process.exit(1));
}

const seed = Number(flags.seed);
const kind = flags.shards ? "--shards " : "";
console.log(
  `seed ${seed}; repeat with: npm run test:faults -- ${kind}--seed ${seed} --faults ${flags.faults}`,
);
const setup = createSetup(Number(flags.jobs));
if (flags.shards) {
  const isFine = await runShardFaults({ seed, faults: Number(flags.faults), scratch, cli: setup.cli });
  process.exitCode = isFine ? 0 : 1;
} else {
  const reference = await runUndisturbed();
  const { injected, problems } = await runTrials(reference, createRandom(seed), Number(flags.faults));
  printTable(injected);
  process.exitCode = printVerdict(injected, problems) ? 0 : 1;
}

function createSetup(jobs: number): SweepSetup {
  const file = join(scratch, "faults.json");
  writeFileSync(file, JSON.stringify(config));
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  return { cli, config: file, mark, cache: join(scratch, "cache"), jobs };
}

async function runUndisturbed(): Promise<Reference> {
  const folder = join(scratch, "undisturbed");
  const from = performance.now();
  const { code, stderr } = await startSweep(setup, folder).ended;
  if (code !== 0) {
    throw new Error(`the undisturbed sweep ended with ${code}: ${stderr}`);
  }
  const bytes = csvBytes(folder);
  console.log(`undisturbed: ${secondsText(performance.now() - from)} s, ${bytes} bytes`);
  return { folder, bytes };
}

async function runTrials(reference: Reference, random: Random, wanted: number) {
  const injected: InjectedFault[] = [];
  const problems: string[] = [];
  const names = faultNames();
  for (let trial = 1; injected.length < wanted; trial++) {
    const result = await runTrial(setup, reference, chooseFaults(names, random), random, scratch);
    injected.push(...result.injected);
    const found = [
      ...result.injected.flatMap((one) => one.problems.map((text) => `${one.fault}: ${text}`)),
      ...result.differences,
    ];
    problems.push(...found.map((text) => `trial ${trial}: ${text}`));
    const story = result.injected.map(({ fault, at }) =>
      at === undefined ? fault : `${fault} at ${Math.round(at * 100)} %`,
    );
    console.log(
      `trial ${trial}: ${story.join(", then ") || "no fault"}: ${found.length === 0 ? "same bytes" : found.join("; ")}`,
    );
  }
  return { injected, problems };
}

function faultNames(): FaultNames {
  const disk = openDisk(join(scratch, "disk"), 100_000);
  if ("reason" in disk) {
    console.log(`full and read-only disks are left out: ${disk.reason}`);
  } else {
    disk.close();
  }
  const sweep = Object.keys(sweepFaults).filter(
    (name) => !("reason" in disk) || !sweepFaults[name]?.needsDisk,
  );
  return { sweep, folder: Object.keys(folderFaults) };
}

function draw(names: readonly string[], random: Random): string {
  const deck = decks.get(names) ?? [];
  decks.set(names, deck);
  if (deck.length === 0) {
    deck.push(...names);
  }
  return deck.splice(random.index(deck.length), 1)[0] ?? "";
}

/** Chooses one to three faults of a running sweep, each sometimes followed by one of the folder. */
function chooseFaults({ sweep, folder }: FaultNames, random: Random): readonly string[] {
  const count = 1 + random.index(3);
  return Array.from({ length: count }, () => [
    draw(sweep, random),
    ...(random.next() < 0.7 ? [draw(folder, random)] : []),
  ]).flat();
}

function printTable(all: readonly InjectedFault[]): void {
  console.log(
    "\nfault                                           times  slowest end  orphans  hangs  problems",
  );
  for (const name of [...Object.keys(sweepFaults), ...Object.keys(folderFaults)]) {
    const these = all.filter(({ fault }) => fault === name);
    const slowest = Math.max(...these.map(({ tookMs }) => tookMs ?? 0));
    const ends = sweepFaults[name] === undefined || these.length === 0 ? "" : `${secondsText(slowest)} s`;
    const sum = (of: (one: InjectedFault) => number): string =>
      String(these.reduce((total, one) => total + of(one), 0));
    console.log(
      [
        name.padEnd(46),
        String(these.length).padStart(6),
        ends.padStart(12),
        sum(({ orphans }) => orphans).padStart(8),
        sum(({ hung }) => Number(hung)).padStart(6),
        sum((one) => one.problems.length).padStart(9),
      ].join(" "),
    );
  }
}

function printVerdict(all: readonly InjectedFault[], problems: readonly string[]): boolean {
  const orphans = all.reduce((sum, one) => sum + one.orphans, 0);
  const hangs = all.filter(({ hung }) => hung).length;
  console.log(
    `\n${all.length} faults with seed ${seed}: ${problems.length} differences or problems, ${orphans} orphans, ${hangs} hangs`,
  );
  for (const problem of problems) {
    console.log(`  ${problem}`);
  }
  return problems.length + orphans + hangs === 0;
}

function secondsText(ms: number): string {
  return (ms / 1000).toFixed(1);
}
