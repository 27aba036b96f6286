import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { closeDisks, openDisk } from "./faults/disk.js";
import { liveFaults, restFaults } from "./faults/kinds.js";
import { kill, markedProcesses } from "./faults/processes.js";
import { openRandom, type Random } from "./faults/random.js";
import { csvBytes, type Ground, startSweep } from "./faults/sweep.js";
import { type Reference, runTrial, type Struck } from "./faults/trial.js";

// Starts real sweeps, strikes them at random moments, goes on with them, and compares every byte with a sweep that was left
// in peace. Prints a table; exit 1 if a byte differs, a process is left or something hangs.

const { values: flags } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    faults: { type: "string", default: "60" },
    jobs: { type: "string", default: "2" },
  },
});

/** Two programs, eight runs of a few seconds. */
const config = {
  batchNorm: [false, true],
  loss: ["cce", "dice"],
  runs: 2,
  steps: 3001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};

/** Names that have not come yet: each comes once before any comes again. */
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
console.log(`seed ${seed}; again with: npm run test:faults -- --seed ${seed} --faults ${flags.faults}`);
const ground = makeGround(Number(flags.jobs));
const reference = await undisturbed(ground);
const { struck, bad } = await strikeAll(ground, reference, openRandom(seed), Number(flags.faults));
table(struck);
process.exitCode = verdict(struck, bad) ? 0 : 1;

function makeGround(jobs: number): Ground {
  const file = join(scratch, "faults.json");
  writeFileSync(file, JSON.stringify(config));
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  return { cli, config: file, mark, cache: join(scratch, "cache"), jobs };
}

async function undisturbed(where: Ground): Promise<Reference> {
  const folder = join(scratch, "undisturbed");
  const from = performance.now();
  const { code, said } = await startSweep(where, folder).ended;
  if (code !== 0) {
    throw new Error(`the undisturbed sweep ended with ${code}: ${said}`);
  }
  const bytes = csvBytes(folder);
  console.log(`undisturbed: ${seconds(performance.now() - from)} s, ${bytes} bytes`);
  return { folder, bytes };
}

async function strikeAll(where: Ground, reference: Reference, random: Random, wanted: number) {
  const struck: Struck[] = [];
  const bad: string[] = [];
  const names = faultNames();
  for (let trial = 1; struck.length < wanted; trial++) {
    const chosen = chooseFaults(names, random);
    const done = await runTrial(where, reference, chosen, random, scratch);
    struck.push(...done.struck);
    const problems = [
      ...done.struck.flatMap((one) => one.problems.map((text) => `${one.fault}: ${text}`)),
      ...done.differences,
    ];
    bad.push(...problems.map((text) => `trial ${trial}: ${text}`));
    const told = done.struck.map(({ fault, at }) =>
      at === undefined ? fault : `${fault} at ${Math.round(at * 100)} %`,
    );
    console.log(
      `trial ${trial}: ${told.join(", then ") || "nothing struck"}: ${problems.length === 0 ? "same bytes" : problems.join("; ")}`,
    );
  }
  return { struck, bad };
}

/** Those that this machine allows. */
function faultNames(): { readonly live: string[]; readonly rest: string[] } {
  const disk = openDisk(join(scratch, "disk"), 100_000);
  if ("reason" in disk) {
    console.log(`full and read-only disks are left out: ${disk.reason}`);
  } else {
    disk.close();
  }
  const live = Object.keys(liveFaults).filter((name) => !("reason" in disk) || !liveFaults[name]?.needsDisk);
  return { live, rest: Object.keys(restFaults) };
}

function draw(names: readonly string[], random: Random): string {
  const deck = decks.get(names) ?? [];
  decks.set(names, deck);
  if (deck.length === 0) {
    deck.push(...names);
  }
  return deck.splice(random.index(deck.length), 1)[0] ?? "";
}

/** One to three strikes at the sweep, between them or after them sometimes one at the folder. */
function chooseFaults({ live, rest }: ReturnType<typeof faultNames>, random: Random): readonly string[] {
  const count = 1 + random.index(3);
  return Array.from({ length: count }, () => [
    draw(live, random),
    ...(random.next() < 0.7 ? [draw(rest, random)] : []),
  ]).flat();
}

function table(all: readonly Struck[]): void {
  console.log(
    "\nfault                                           times  slowest end  orphans  hangs  problems",
  );
  for (const name of [...Object.keys(liveFaults), ...Object.keys(restFaults)]) {
    const these = all.filter(({ fault }) => fault === name);
    const slowest = Math.max(...these.map(({ tookMs }) => tookMs ?? 0));
    const ends = liveFaults[name] === undefined || these.length === 0 ? "" : `${seconds(slowest)} s`;
    const sum = (of: (one: Struck) => number): string =>
      String(these.reduce((total, one) => total + of(one), 0));
    console.log(
      [
        name.padEnd(46),
        String(these.length).padStart(6),
        ends.padStart(12),
        sum(({ orphans }) => orphans).padStart(8),
        sum(({ hung }) => Number(hung)).padStart(6),
        sum(({ problems }) => problems.length).padStart(9),
      ].join(" "),
    );
  }
}

function verdict(all: readonly Struck[], problems: readonly string[]): boolean {
  const orphans = all.reduce((sum, one) => sum + one.orphans, 0);
  const hangs = all.filter(({ hung }) => hung).length;
  console.log(
    `\n${all.length} faults under seed ${seed}: ${problems.length} differences or problems, ${orphans} orphans, ${hangs} hangs`,
  );
  for (const problem of problems) {
    console.log(`  ${problem}`);
  }
  return problems.length + orphans + hangs === 0;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
