import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gridRuns } from "../../../src/config/grid.js";
import { canonicalJson, hashConfig, sha256Hex } from "../../../src/config/hash.js";
import { runName } from "../../../src/config/run-names.js";
import { SeglossError } from "../../../src/errors.js";
import { removeLeftovers } from "../../../src/results/cleanup.js";
import { temporaryName } from "../../../src/results/paths.js";
import { type RunRecord, readRunRecord, writeRunRecord } from "../../../src/results/run-record.js";
import { createSweepFile } from "../../../src/results/sweep/sweep-file.js";
import {
  finishedRecords,
  openSweepFolder,
  plannedRuns,
  readRunStates,
  readSweepRuns,
  type SweepFolder,
  viewSweepFolder,
} from "../../../src/results/sweep/sweep-folder.js";
import { configOf, temporaryFolder } from "../../helpers/configs.js";
import { finishRun, smallConfig } from "../../helpers/finished-runs.js";

const runs = gridRuns(smallConfig);

/** Creates a finished sweep; returns its path and that of its first cell. */
async function finishedSweep(): Promise<{ readonly path: string; readonly cell: string }> {
  const path = join(temporaryFolder(), "sweep");
  const folder = await opened(path);
  for (const run of runs) {
    finishRun(path, run);
  }
  folder.close();
  return { path, cell: join(path, "adam-nobn-t0.5-cce") };
}

async function statesIn(path: string): Promise<readonly string[]> {
  const states = await readRunStates(path, runs);
  return [...states.values()].map((found) =>
    found.state === "damaged" ? found.reason.replace(path, "…") : found.state,
  );
}

/** Opens a folder of the small sweep. */
async function opened(path: string): Promise<SweepFolder> {
  return (await openSweepFolder(path, smallConfig)) ?? assert.fail("interrupted");
}

async function rejected(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(
    work,
    (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
  );
}

function refused(work: () => unknown, message: RegExp): void {
  assert.throws(
    work,
    (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
  );
}

test("A new folder holds the effective config, its hash and the versions", async () => {
  const path = join(temporaryFolder(), "deep", "with a blank");
  const folder = await opened(path);
  assert.deepEqual(readdirSync(path), ["sweep.json", "sweep.lock"]);
  folder.close();
  assert.deepEqual(readdirSync(path), ["sweep.json"]);
  const { version, config, hash, versions } = JSON.parse(readFileSync(join(path, "sweep.json"), "utf8"));
  assert.equal(version, 2);
  assert.deepEqual(config, smallConfig);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(versions.node, process.version);
});

test("Runs are done once their record and CSV exist, and missing before", async () => {
  const { path } = await finishedSweep();
  assert.deepEqual(await statesIn(path), ["done", "done", "done", "done"]);
  assert.equal((await finishedRecords(path, runs)).length, 4);
  assert.deepEqual(await statesIn(join(path, "elsewhere")), ["missing", "missing", "missing", "missing"]);
});

test("Any damage to a finished run's files is named, and the run is not done", async () => {
  const cases: readonly (readonly [string, (cell: string) => void, string])[] = [
    ["CSV deleted", (cell) => rmSync(join(cell, "run-0.csv")), "/run-0.csv is missing"],
    [
      "CSV truncated",
      (cell) => truncateSync(join(cell, "run-0.csv"), 100),
      "/run-0.csv has 100 bytes, not the ",
    ],
    ["CSV extended", (cell) => appendFileSync(join(cell, "run-0.csv"), "x"), "bytes, not the "],
    [
      "CSV edited",
      (cell) => edit(join(cell, "run-0.csv"), /0\.8/, "0.9"),
      "/run-0.csv does not match the checksum of its record",
    ],
    ["CSV is a folder", (cell) => replace(join(cell, "run-0.csv"), mkdirSync), "/run-0.csv is not a file"],
    [
      "CSV is a link",
      (cell) => replace(join(cell, "run-0.csv"), (file) => symlinkSync("run-1.csv", file)),
      "/run-0.csv is not a file",
    ],
    ["record cut", (cell) => truncateSync(join(cell, "run-0.json"), 40), "/run-0.json is not JSON"],
    ["record empty", (cell) => truncateSync(join(cell, "run-0.json")), "/run-0.json is not JSON"],
    [
      "record of a later version",
      (cell) => edit(join(cell, "run-0.json"), /"version": 1/, '"version": 9'),
      "/run-0.json is of version 9, not 1",
    ],
    [
      "record of other parameters",
      (cell) => rewrite(cell, (record) => ({ ...record, cell: { ...record.cell, steps: 4 } })),
      "/run-0.json is of another run",
    ],
    [
      "record edited",
      (cell) => edit(join(cell, "run-0.json"), /"bestAccuracy": 0.95/, '"bestAccuracy": 0.99'),
      "/run-0.json was changed: it does not match its checksum",
    ],
    [
      "record of another run",
      (cell) => writeFileSync(join(cell, "run-0.json"), readFileSync(join(cell, "run-1.json"))),
      "/run-0.json is of another run",
    ],
    [
      "record is a folder",
      (cell) => replace(join(cell, "run-0.json"), mkdirSync),
      "/run-0.json cannot be read (EISDIR)",
    ],
  ];
  for (const [name, damage, reason] of cases) {
    const { path, cell } = await finishedSweep();
    damage(cell);
    const [first, ...others] = await statesIn(path);
    assert.ok(first?.includes(reason), `${name}: ${first}`);
    assert.deepEqual(others, ["done", "done", "done"], name);
  }
});

function rewrite(cell: string, change: (record: RunRecord) => RunRecord): void {
  const read = readRunRecord(join(cell, "run-0.json"));
  assert.ok("record" in read);
  writeRunRecord(cell, change(read.record));
}

function replace(file: string, make: (file: string) => unknown): void {
  rmSync(file);
  make(file);
}

function edit(file: string, from: RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  assert.match(text, from);
  writeFileSync(file, text.replace(from, to));
}

test("A run whose record was deleted is missing, which is not damage", async () => {
  const { path, cell } = await finishedSweep();
  rmSync(join(cell, "run-1.json"));
  assert.deepEqual(await statesIn(path), ["done", "missing", "done", "done"]);
});

test("A record cannot name a CSV elsewhere", async () => {
  const { path, cell } = await finishedSweep();
  rewrite(cell, (record) => ({ ...record, csv: { ...record.csv, file: "../../../etc/passwd" } }));
  assert.deepEqual(await statesIn(path), ["done", "done", "done", "done"]);
});

test("A folder of another config is refused, with a table of the keys that differ", async () => {
  const { path } = await finishedSweep();
  const other = configOf({ loss: ["cce", "dice"], runs: 2, steps: 4, monitor: ["cce", "dice"], seed: 7 });
  const before = readdirSync(path);
  await rejected(
    () => openSweepFolder(path, other),
    /holds a sweep whose runs this config would change or drop:\n {2}key {4}there {2}here\n {2}seed {3}1 {6}7\n {2}steps {2}3 {6}4\n"npx segloss sweep .*" resumes it as it is; to begin another, choose another --output$/,
  );
  refused(() => viewSweepFolder(path, other), /would change or drop/);
  assert.deepEqual(readdirSync(path), before);
});

test("A damaged or lost sweep.json is named and rewritten if the runs are of this sweep", async () => {
  for (const [damage, named] of [
    [(file: string) => truncateSync(file, 30), "is not JSON"],
    [(file: string) => writeFileSync(file, '{"version": 3}'), "is of another version or incomplete"],
    [(file: string) => edit(file, /"runs": 2/, '"runs": 3'), "was changed: it does not match its checksum"],
    [(file: string) => edit(file, /"node": "v/, '"node": "w'), "was changed: it does not match its checksum"],
    [(file: string) => edit(file, /"checksum"/, '"checksun"'), "is of another version or incomplete"],
    [(file: string) => edit(file, /"version": 2/, '"version": 1'), "is of another version or incomplete"],
    [(file: string) => writeFileSync(file, "[".repeat(100_000) + "]".repeat(100_000)), "is not JSON"],
    [(file: string) => rmSync(file), undefined],
  ] as const) {
    const { path } = await finishedSweep();
    const file = join(path, "sweep.json");
    const intact = readFileSync(file, "utf8");
    damage(file);
    const folder = await opened(path);
    folder.close();
    assert.deepEqual(folder.damage, named === undefined ? [] : [`${file} ${named}`]);
    assert.equal(readFileSync(file, "utf8"), intact);
  }
});

test("A damaged or lost sweep.json does not open the folder to another config", async () => {
  const { path } = await finishedSweep();
  const other = configOf({ loss: ["cce", "dice"], runs: 2, steps: 4, monitor: ["cce", "dice"] });
  truncateSync(join(path, "sweep.json"), 30);
  await rejected(
    () => openSweepFolder(path, other),
    /contains no intact sweep.json, and .*run-0.json is of another config/,
  );
  rmSync(join(path, "sweep.json"));
  await rejected(() => openSweepFolder(path, other), /is of another config/);
});

test("A folder with other files is refused and left unchanged", async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, "thesis.tex"), "years of work");
  await rejected(
    () => openSweepFolder(path, smallConfig),
    /contains thesis.tex, which does not belong to this sweep, and no intact sweep.json; choose another --output/,
  );
  assert.deepEqual(readdirSync(path), ["thesis.tex"]);
});

test("A file in place of the folder, or in its path, is reported", async () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  await rejected(() => openSweepFolder(file, smallConfig), /file: it or part of its path is not a folder$/);
  await rejected(
    () => openSweepFolder(join(file, "below"), smallConfig),
    /below.*: it or part of its path is not a folder/,
  );
});

test("A folder without write permission is reported", {
  skip: process.getuid?.() === 0 && "root can write everywhere",
}, async () => {
  const path = temporaryFolder();
  chmodSync(path, 0o555);
  await rejected(() => openSweepFolder(path, smallConfig), /permission denied/);
});

test("A sweep that was killed while its config grew is not confused", async () => {
  const { path } = await finishedSweep();
  writeFileSync(join(path, "sweep-1.json"), readFileSync(join(path, "sweep.json")));
  for (const more of [3, 4]) {
    const folder = await openSweepFolder(path, { ...smallConfig, runs: more });
    folder?.close();
  }
  assert.deepEqual(
    readdirSync(path).filter((name) => name.startsWith("sweep-")),
    ["sweep-1.json", "sweep-2.json"],
  );
});

test("Runs from before a sweep grew keep their names", async () => {
  const { path } = await finishedSweep();
  const larger = { ...smallConfig, learningRate: [0.001, 0.1] };
  const names = ["adam-nobn-t0.5-cce/run-0", "adam-nobn-t0.5-cce-learning-rate0.1/run-0"];
  const firsts = () =>
    plannedRuns(path, larger)
      .filter(({ repetition }) => repetition === 0)
      .slice(0, 2);
  assert.deepEqual(firsts().map(runName), names);
  (await openSweepFolder(path, larger))?.close();
  assert.deepEqual(firsts().map(runName), names);
  assert.deepEqual(readSweepRuns(path), plannedRuns(path, larger));
});

test("A parameter that sweep and records lack, since it did not exist yet, has the study's value", async () => {
  const { path, cell } = await finishedSweep();
  const file = join(path, "sweep.json");
  const sweep = JSON.parse(readFileSync(file, "utf8"));
  delete sweep.config.focalGamma;
  writeFileSync(file, JSON.stringify({ version: 1, config: sweep.config, hash: hashConfig(sweep.config) }));
  for (const name of ["run-0.json", "run-1.json"]) {
    const { checksum: _, ...record } = JSON.parse(readFileSync(join(cell, name), "utf8"));
    delete record.cell.focalGamma;
    const checksum = sha256Hex(canonicalJson(record));
    writeFileSync(join(cell, name), JSON.stringify({ ...record, checksum }));
  }
  assert.deepEqual(viewSweepFolder(path, smallConfig), { path, damage: [], growth: undefined });
  assert.deepEqual(await statesIn(path), ["done", "done", "done", "done"]);
  refused(() => viewSweepFolder(path, { ...smallConfig, focalGamma: 3 }), /focalGamma {2}2 {6}3\n/);
});

test("Viewing a folder writes nothing", async () => {
  const path = join(temporaryFolder(), "sweep");
  assert.deepEqual(viewSweepFolder(path, smallConfig), { path, damage: [], growth: undefined });
  assert.ok(!existsSync(path));
});

test("The output folder may be a symbolic link, and results go to its target", async () => {
  const target = temporaryFolder();
  const path = join(temporaryFolder(), "link");
  symlinkSync(target, path);
  const folder = await opened(path);
  for (const run of runs) {
    finishRun(path, run);
  }
  folder.close();
  assert.deepEqual(await statesIn(target), ["done", "done", "done", "done"]);
});

test("A sweep.json of version 1, which had no checksum, is still read", async () => {
  const { path } = await finishedSweep();
  const file = join(path, "sweep.json");
  const { checksum: _, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...rest, version: 1 }));
  assert.deepEqual(viewSweepFolder(path, smallConfig).damage, []);
});

test("A sweep.json of version 0.1, which had no tasks, is of the study's task", async () => {
  const { path } = await finishedSweep();
  const file = join(path, "sweep.json");
  const { checksum: _, hash: __, ...rest } = JSON.parse(readFileSync(file, "utf8"));
  for (const key of ["task", "radius"]) {
    delete rest.config[key];
  }
  const hash = sha256Hex(canonicalJson(rest.config));
  writeFileSync(file, JSON.stringify({ ...rest, hash, version: 1 }));
  assert.deepEqual(viewSweepFolder(path, smallConfig).damage, []);
  const other = { ...smallConfig, task: "smooth" } as const;
  refused(() => viewSweepFolder(path, other), /task {2}"threshold" {2}"smooth"\n/);
});

test("An output folder that cannot be created is reported at once", {
  skip: !existsSync("/proc/self"),
}, async () => {
  await rejected(() => openSweepFolder("/proc/sweep/deep", smallConfig), /: no folder can be created there$/);
});

test("A sweep.json that another process has written in the meantime is not replaced, but compared", async () => {
  const path = temporaryFolder();
  const other = configOf({ loss: "cce", steps: 9 });
  createSweepFile(path, other);
  createSweepFile(path, smallConfig);
  await rejected(
    () => openSweepFolder(path, smallConfig),
    /holds a sweep whose runs this config would change or drop/,
  );
  assert.deepEqual(readdirSync(path), ["sweep.json"]);
});

test("Temporary files of a killed process on any host are removed, and those of other files are kept", async () => {
  const { path, cell } = await finishedSweep();
  const leftovers = [join(path, "summary.csv"), join(cell, "run-0.json"), join(cell, "run-0.checkpoint")];
  for (const target of leftovers) {
    writeFileSync(temporaryName(target), "");
    writeFileSync(`${target}.tmp`, "");
    writeFileSync(`${target}.node_7-12-0123abcd.tmp`, "");
  }
  const kept = [join(path, "notes.tmp"), join(cell, "run-99.json.node-1-0123abcd.tmp")];
  for (const file of kept) {
    writeFileSync(file, "");
  }
  const before = readdirSync(path, { recursive: true }).length;
  removeLeftovers(path, runs, () => true);
  assert.ok(kept.every((file) => existsSync(file)));
  assert.equal(readdirSync(path, { recursive: true }).length, before - 9);
});

test("A lock that is not a file is reported at once", async () => {
  const path = join(temporaryFolder(), "sweep");
  mkdirSync(path);
  execFileSync("mkfifo", [join(path, "sweep.lock")]);
  await rejected(
    () => openSweepFolder(path, smallConfig),
    /sweep\.lock: it is a named pipe; only a plain file/,
  );
});
