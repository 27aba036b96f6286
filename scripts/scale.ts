import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Config } from "../src/config/config.js";
import { gridRuns } from "../src/config/grid.js";
import { hashConfig, sha256Hex } from "../src/config/hash.js";
import { runName } from "../src/config/run-names.js";
import { validateConfig } from "../src/config/validate.js";
import { csvLine, header } from "../src/results/columns.js";
import { formatRows } from "../src/results/csv-rows.js";
import { formatLock } from "../src/results/lock/lock-file.js";
import { cellFolder, csvFileName, lockFileName, recordFileName } from "../src/results/paths.js";
import { provenance } from "../src/results/provenance.js";
import { addRows, emptyMetrics } from "../src/results/run-metrics.js";
import { formatRunRecord } from "../src/results/run-record.js";
import { writeDivision } from "../src/results/sweep/division.js";
import { divisionId, partitionRuns } from "../src/results/sweep/partition.js";
import { createSweepFile } from "../src/results/sweep/sweep-file.js";
import { createRunRecord, type RecordedEngine } from "../src/runner/runs/record.js";
import { rowLayout } from "../src/study/row-layout.js";
import type { Run } from "../src/study/run.js";

// `npm run scale`: how long a sweep of many runs takes to be divided, looked at and merged, and how much memory that needs.
//
//     npm run scale [-- --cells 2000] [--repetitions 50] [--shards 1000]
//
// Nothing is trained: the runs have three steps with made-up numbers, in real CSVs and records. Half of the shards are locked,
// as if they were running on other machines. The times are those of the whole program, its start included.

const steps = 3;

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
}

const { values: flags } = parseArgs({
  options: {
    cells: { type: "string", default: "2000" },
    repetitions: { type: "string", default: "50" },
    shards: { type: "string", default: "1000" },
  },
});
const shardCount = Number(flags.shards);
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "segloss-scale-"));
try {
  await main();
} finally {
  rmSync(home, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const config = configOf(Number(flags.cells), Number(flags.repetitions));
  const runs = gridRuns(config);
  const started = performance.now();
  const shards = partitionRuns(runs, shardCount, "cpu");
  const id = divisionId(shards, "cpu");
  const seconds = (performance.now() - started) / 1000;
  const costs = shards.map(({ cost }) => cost);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  print(`${runs.length} runs in ${shardCount} shards of ${fewest(shards)} to ${most(shards)} runs`);
  print(
    `partition: ${seconds.toFixed(1)} s, the longest shard is ${(Math.max(...costs) / mean).toFixed(3)} of the mean`,
  );

  const folder = join(home, "sweep");
  mkdirSync(folder);
  createSweepFile(folder, config);
  writeDivision(folder, { count: shardCount, device: "cpu", only: [], id });
  await writeRuns(folder, config, runs);
  const cells = readdirSync(folder).filter((name) => !name.includes(".json"));
  const files = readdirSync(join(folder, cells[0] ?? "")).length;
  print(`files: ${readdirSync(folder).length} entries in the sweep's folder, ${files} in that of a cell`);

  for (let index = 1; index <= shardCount; index += 2) {
    writeLock(folder, index, id);
  }
  report("status, half of the shards locked", await measure(["status", folder]));
  for (let index = 1; index <= shardCount; index += 2) {
    rmSync(join(folder, lockFileName({ index, count: shardCount })));
  }
  report("merge, which reads all bytes", await measure(["merge", folder]));
}

/** Returns a config of `cells` cells, a multiple of 10, with `repetitions` runs each. */
function configOf(cells: number, repetitions: number): Config {
  const thresholds = Array.from({ length: cells / 10 }, (_, index) => (index + 1) / (cells / 10 + 1));
  const raw = {
    loss: ["cce", "dice", "dice_square", "dicefg", "dicefg_square"],
    batchNorm: [false, true],
    threshold: thresholds,
    runs: repetitions,
    steps,
  };
  const checked = validateConfig(raw, { flags: new Map() });
  if ("problems" in checked) {
    throw new Error(JSON.stringify(checked.problems));
  }
  return checked.config;
}

/** Writes a finished run for each run. Without syncs, which would take most of the time. */
async function writeRuns(folder: string, config: Config, runs: readonly Run[]): Promise<void> {
  const origin = {
    configHash: hashConfig(config),
    command: "segloss sweep scale.json",
    provenance: provenance(),
    saveWeights: false,
  };
  const engine: RecordedEngine = {
    tensorflow: "2.21.0",
    device: "cpu",
    deviceName: "cpu",
    gpu: undefined,
    xla: true,
    threads: 1,
  };
  for (const run of runs) {
    const cell = cellFolder(folder, run);
    if (run.repetition === 0) {
      mkdirSync(cell);
    }
    const values = Float32Array.from({ length: steps * rowLayout(run).columns.length }, Math.random);
    const text = csvLine(header(run)) + formatRows(run, 0, values, new Map([[0, 0.95]]));
    const file = csvFileName(run.repetition);
    const csv = { file, rows: steps, bytes: Buffer.byteLength(text), sha256: sha256Hex(text) };
    const metrics = addRows(emptyMetrics, run, 0, values);
    const task = { run, name: runName(run), folder: cell };
    const record = createRunRecord({ task, csv, metrics, started: new Date(), seconds: 1 }, engine, origin);
    writeFileSync(join(cell, file), text);
    writeFileSync(join(cell, recordFileName(run.repetition)), formatRunRecord(record));
  }
}

function writeLock(folder: string, index: number, division: string): void {
  const since = new Date().toISOString();
  const content = { pid: index, host: `node${index}`, started: "", beats: 15, division, since };
  writeFileSync(join(folder, lockFileName({ index, count: shardCount })), formatLock(content));
}

/** Runs the built program. Returns its time and its largest memory. */
async function measure(words: readonly string[]): Promise<Measured> {
  const hook = `data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS))`;
  const started = performance.now();
  const stderr = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ["--import", hook, cli, ...words], { maxBuffer: 2 ** 28 }, (error, _, text) =>
      error === null ? resolve(text) : reject(error),
    );
  });
  const seconds = (performance.now() - started) / 1000;
  return { seconds, megabytes: Number(/peak (\d+)$/.exec(stderr)?.[1]) / 1024 };
}

function fewest(shards: readonly { readonly runs: readonly Run[] }[]): number {
  return Math.min(...shards.map(({ runs }) => runs.length));
}

function most(shards: readonly { readonly runs: readonly Run[] }[]): number {
  return Math.max(...shards.map(({ runs }) => runs.length));
}

function report(what: string, { seconds, megabytes }: Measured): void {
  print(`${what}: ${seconds.toFixed(1)} s, ${Math.round(megabytes)} MB`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
