import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mock, test } from "node:test";
import { performMerge } from "../../../src/commands/merge/perform-merge.js";
import { gridRuns } from "../../../src/config/grid.js";
import { SeglossError } from "../../../src/errors.js";
import { createRunCsv } from "../../../src/results/csv-writer.js";
import { cellFolder } from "../../../src/results/paths.js";
import { type RunRecord, writeRunRecord } from "../../../src/results/run-record.js";
import { writeRunFailure } from "../../../src/results/status/run-failure.js";
import { writeDivision } from "../../../src/results/sweep/division.js";
import { divisionId, partitionRuns } from "../../../src/results/sweep/partition.js";
import { createSweepFile, growSweepFile } from "../../../src/results/sweep/sweep-file.js";
import { openSweepFolder } from "../../../src/results/sweep/sweep-folder.js";
import type { Run } from "../../../src/study/run.js";
import { configOf, temporaryFolder } from "../../helpers/configs.js";
import { finishRun, recordOf, rowsOf, smallConfig } from "../../helpers/finished-runs.js";

const runs = gridRuns(smallConfig);
const [first, second, third, fourth] = runs as unknown as readonly [Run, Run, Run, Run];

interface Merged {
  readonly code: number;
  /** What was printed, or the message of the error. */
  readonly text: string;
}

async function merge(folder: string, ...others: readonly string[]): Promise<Merged> {
  return mergeWatched(folder, others, () => {});
}

/** @param onWait called once the merge waits for files */
async function mergeWatched(folder: string, others: readonly string[], onWait: () => void): Promise<Merged> {
  const write = mock.method(process.stderr, "write", (text: string) => {
    if (text.startsWith("waiting ")) {
      onWait();
    }
    return true;
  });
  const text = () => write.mock.calls.map((call) => String(call.arguments[0])).join("");
  try {
    return { code: await performMerge({ folder, others, quiet: false }), text: text() };
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
    return { code: error.exitCode, text: error.message };
  } finally {
    write.mock.restore();
  }
}

/** Creates the folder of a sweep with some finished runs. */
function sweepWith(...finished: readonly Run[]): string {
  const folder = temporaryFolder();
  createSweepFile(folder, smallConfig);
  for (const run of finished) {
    finishRun(folder, run);
  }
  return folder;
}

/** Finishes a run with other rows than `finishRun` does, or in another environment. */
function finishOtherwise(
  folder: string,
  run: Run,
  environment: Partial<RunRecord["environment"]>,
  rows = rowsOf(run),
) {
  const cell = cellFolder(folder, run);
  const writer = createRunCsv(cell, run);
  writer.append(rows);
  const record = recordOf(run, writer.finish());
  writeRunRecord(cell, { ...record, environment: { ...record.environment, ...environment } });
}

const otherProcessor = { architecture: "x64", model: "Xeon", features: "fedcba9876543210" };

/** Returns the text of every file below a folder, by its path. */
function filesIn(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter(
    (name) => /\.\w+$/.test(name.split("/").at(-1) ?? "") && !name.endsWith("sweep.json"),
  );
  return Object.fromEntries(
    files.flatMap((name) => {
      try {
        return [[name, readFileSync(join(folder, name), "utf8")] as const];
      } catch {
        return [];
      }
    }),
  );
}

test("Folders with parts of a sweep are merged into the files of the whole, and merging again changes nothing", async () => {
  const whole = sweepWith(...runs);
  assert.equal((await merge(whole)).code, 0);
  const folder = sweepWith(first, second);
  const others = [sweepWith(third), sweepWith(second, fourth)] as const;
  const { code, text } = await merge(folder, ...others);
  assert.equal(code, 0, text);
  assert.deepEqual(text.split("\n"), [
    `${others[0]}: 1 run brought in`,
    `${others[1]}: 1 run brought in; 1 were here already with the same bytes`,
    `4 of 4 runs are complete, and their checksums verified, in ${folder}`,
    "",
  ]);
  assert.deepEqual(filesIn(folder), filesIn(whole));
  assert.equal((await merge(folder, ...others)).code, 0);
  assert.deepEqual(filesIn(folder), filesIn(whole));
});

test("What is missing is listed with its shard, the reason and the next command, and the exit code is 1", async () => {
  const folder = sweepWith(first);
  const shards = partitionRuns(runs, 2, "cpu");
  writeDivision(folder, { count: 2, device: "cpu", only: [], id: divisionId(shards, "cpu") });
  writeRunFailure(cellFolder(folder, second), 1, "no space is left");
  finishRun(folder, third);
  writeFileSync(
    join(cellFolder(folder, third), "run-0.csv"),
    readFileSync(join(cellFolder(folder, first), "run-0.csv")),
  );
  const { code, text } = await merge(folder);
  assert.equal(code, 1);
  const indexOf = (run: Run) => shards.findIndex((shard) => shard.runs.includes(run)) + 1;
  const line = (run: Run) =>
    new RegExp(`^missing, shard ${indexOf(run)} of 2: .*`, "m").exec(text)?.[0] ?? "";
  assert.match(line(second), /cce\/run-1 \(failed: no space is left\)/);
  assert.match(line(third), /dice\/run-0 \(.*run-0\.csv (has \d+ bytes|does not match the checksum)/);
  assert.match(line(fourth), /dice\/run-1/);
  assert.match(text, /To train what is left, on any machine:\n {2}.*segloss sweep .* --shard 1\/2\n/);
  assert.equal(readFileSync(join(folder, "summary.csv"), "utf8").split("\n").length, 3);
});

test("Runs that failed, are damaged or unfinished in the other folder are not brought in, and named", async () => {
  const folder = sweepWith(first);
  const other = sweepWith(second);
  writeFileSync(join(cellFolder(other, second), "run-1.csv"), "");
  writeRunFailure(cellFolder(other, third), 0, "no file");
  createRunCsv(cellFolder(other, fourth), fourth).append(rowsOf(fourth));
  const { code, text } = await merge(folder, other);
  assert.equal(code, 1);
  assert.match(text, /: 0 runs brought in\n/);
  assert.match(text, /not brought in: .*cce\/run-1 is damaged: .*run-1\.csv has 0 bytes/);
  assert.match(text, /not brought in: .*dice\/run-0 failed\n/);
  assert.match(text, /not brought in: .*dice\/run-1 is not finished\n/);
  assert.ok(!existsSync(cellFolder(folder, third)));
});

test("Different bytes of one run are refused with both environments, and nothing is written", async () => {
  const folder = sweepWith(first);
  const other = sweepWith(second);
  finishOtherwise(other, first, { processor: otherProcessor, commit: "0123456789" }, rowsOf(second));
  const before = filesIn(folder);
  const { code, text } = await merge(folder, other);
  assert.equal(code, 2);
  const [head, here, there] = text.split("\n");
  assert.match(
    head ?? "",
    /cce\/run-0 is finished in two folders with different bytes; nothing was merged:$/,
  );
  assert.ok(here?.startsWith(`  ${folder}: processor EPYC (x64, features 01234567), device cpu,`), here);
  assert.ok(there?.startsWith(`  ${other}: processor Xeon (x64, features fedcba98), device cpu,`), there);
  assert.match(there ?? "", /source code 0\.1\.0 at commit 0123456, TensorFlow 2\.21\.0/);
  assert.deepEqual(filesIn(folder), before);
});

test("A mix of processors and commits is warned of with the names of the runs", async () => {
  const folder = sweepWith(first, second);
  const other = sweepWith();
  finishOtherwise(other, third, { processor: otherProcessor });
  finishOtherwise(other, fourth, { commit: "0123456789" });
  const { code, text } = await merge(folder, other);
  assert.equal(code, 0);
  assert.match(
    text,
    /^warning: the runs differ in processor: 3 runs with EPYC \(x64, features 01234567\); 1 run with Xeon \(x64, features fedcba98\) \(adam-nobn-t0\.5-dice\/run-0\)$/m,
  );
  assert.match(
    text,
    /^warning: the runs differ in source code: .*commit 0123456 \(adam-nobn-t0\.5-dice\/run-1\)$/m,
  );
});

test("Links in the other folder are refused before anything is written", async () => {
  const secret = join(temporaryFolder(), "secret");
  writeFileSync(secret, "secret");
  const aside = (file: string, target?: string) => {
    renameSync(file, `${file}-aside`);
    symlinkSync(target ?? `${file}-aside`, file);
  };
  const cases: readonly (readonly [name: string, make: (other: string) => void])[] = [
    ["cell", (other) => aside(cellFolder(other, second))],
    ["record", (other) => aside(join(cellFolder(other, second), "run-1.json"))],
    ["CSV", (other) => aside(join(cellFolder(other, second), "run-1.csv"), secret)],
    ["dangling", (other) => aside(join(cellFolder(other, second), "run-1.csv"), "/nowhere")],
    ["sweep.json", (other) => aside(join(other, "sweep.json"))],
  ];
  for (const [name, make] of cases) {
    const [folder, other] = [sweepWith(third), sweepWith(first, second)];
    make(other);
    const before = readdirSync(folder, { recursive: true });
    const { code, text } = await merge(folder, other);
    assert.equal(code, 2, `${name}: ${text}`);
    assert.match(text, /: it is a symbolic link; merge follows no link/, name);
    assert.deepEqual(readdirSync(folder, { recursive: true }), before, name);
  }
});

test("Nothing is written through a link in the folder that is merged into", async () => {
  const outside = temporaryFolder();
  const folder = sweepWith();
  symlinkSync(outside, cellFolder(folder, first));
  const { code, text } = await merge(folder, sweepWith(first));
  assert.equal(code, 2, text);
  assert.match(text, /it is a symbolic link/);
  assert.deepEqual(readdirSync(outside), []);
});

test("Folders of another sweep are refused with both hashes", async () => {
  const folder = sweepWith(first);
  const other = temporaryFolder();
  createSweepFile(other, configOf({ loss: ["cce", "dice"], runs: 2, steps: 4, monitor: ["cce", "dice"] }));
  const { code, text } = await merge(folder, other);
  assert.equal(code, 2);
  assert.match(
    text,
    /: its config has the hash [0-9a-f]{64}, and that of .* [0-9a-f]{64}; only folders of the same/,
  );
  assert.match((await merge(folder, folder)).text, /it is the folder that the others are merged into/);
  assert.match(
    (await merge(folder, temporaryFolder())).text,
    /no sweep\.json in it; expected the folder of a sweep$/,
  );
});

test("A folder of the same config that has grown in other steps is refused, since its runs have other names", async () => {
  const before = configOf({ loss: ["cce", "dice"], runs: 2, steps: 3, monitor: ["cce", "dice"] });
  const now = configOf({
    ...{ loss: ["cce", "dice"], runs: 2, steps: 3, monitor: ["cce", "dice"] },
    filters: [4, 8],
  });
  const [grown, straight] = [temporaryFolder(), temporaryFolder()];
  createSweepFile(grown, before);
  growSweepFile(grown, now);
  createSweepFile(straight, now);
  const { code, text } = await merge(straight, grown);
  assert.equal(code, 2);
  assert.match(text, /: its run adam-nobn-t0\.5-cce\/run-0 has another name in/);
});

test("The same command resumes a merge that was killed", async () => {
  const folder = sweepWith(first, second);
  const other = sweepWith(third, fourth);
  // What is there after the CSV of a run was copied, and half of the next.
  cpSync(join(cellFolder(other, third), "run-0.csv"), join(mkdirs(cellFolder(folder, third)), "run-0.csv"));
  writeFileSync(join(cellFolder(folder, third), "run-1.csv.node-1-0123abcd.tmp"), "half");
  const { code, text } = await merge(folder, other);
  assert.equal(code, 0, text);
  assert.deepEqual(
    filesIn(folder)[join("adam-nobn-t0.5-dice", "run-0.csv")],
    filesIn(other)[join("adam-nobn-t0.5-dice", "run-0.csv")],
  );
  assert.ok(readdirSync(folder, { recursive: true }).every((name) => !String(name).endsWith(".tmp")));
});

function mkdirs(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

test("A damaged run is replaced by that of another folder", async () => {
  const folder = sweepWith(...runs);
  rmSync(join(cellFolder(folder, first), "run-0.csv"));
  const { code, text } = await merge(folder, sweepWith(first));
  assert.equal(code, 0, text);
});

test("Weights are brought in with their run", async () => {
  const other = sweepWith(first);
  writeFileSync(join(cellFolder(other, first), "run-0.npz"), "weights");
  const folder = sweepWith();
  await merge(folder, other);
  assert.equal(readFileSync(join(cellFolder(folder, first), "run-0.npz"), "utf8"), "weights");
});

/** The first of two shards. */
const shard = {
  part: { index: 1, count: 2 },
  division: { count: 2, device: "cpu", only: [], id: divisionId(partitionRuns(runs, 2, "cpu"), "cpu") },
} as const;

test("A merge is refused while a shard or a sweep is running", async () => {
  const folder = sweepWith(first);
  for (const options of [{}, { shard }]) {
    const held = await openSweepFolder(folder, smallConfig, options);
    const { code, text } = await merge(folder);
    assert.equal(code, 2);
    assert.match(text, /\.lock: another sweep, process \d+ on .*, is using this folder$/);
    held?.close();
  }
  assert.equal((await merge(folder)).code, 1);
  assert.ok(readdirSync(folder).every((name) => !name.endsWith(".lock")));
});

test("On a network file system a merge waits for late files, and meanwhile refuses sweeps and shards", async () => {
  const folder = sweepWith(first, second, third);
  const cell = cellFolder(folder, third);
  process.env.SEGLOSS_MERGE_WAIT_SECONDS = "30";
  try {
    renameSync(join(cell, "run-0.csv"), join(cell, "hidden"));
    let merging: Promise<Merged> | undefined;
    await new Promise<void>((resolve) => {
      merging = mergeWatched(folder, [], resolve);
    });
    for (const options of [{}, { shard }]) {
      await assert.rejects(
        openSweepFolder(folder, smallConfig, options),
        /sweep\.lock: another sweep, process/,
      );
    }
    renameSync(join(cell, "hidden"), join(cell, "run-0.csv"));
    finishRun(folder, fourth);
    const { code, text } = (await merging) ?? assert.fail();
    assert.equal(code, 0, text);
    assert.match(text, /^waiting up to \d+ s for the files of 2 runs: a shard may have just ended/);
  } finally {
    delete process.env.SEGLOSS_MERGE_WAIT_SECONDS;
  }
});
