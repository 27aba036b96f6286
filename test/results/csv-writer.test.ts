import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
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
import { csvLine, header } from "../../src/results/columns.js";
import { createRunCsv, resumeRunCsv } from "../../src/results/csv-writer.js";
import { temporaryFolder } from "../helpers/configs.js";
import { rowsOf, runOf } from "../helpers/finished-runs.js";

const run = runOf({ steps: 20, monitor: "cce" });
const rows = rowsOf(run).split(/(?<=\n)/);
const whole = csvLine(header(run)) + rows.join("");

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

test("A CSV has a partial name until it is finished, which returns its rows, bytes and checksum", () => {
  const folder = join(temporaryFolder(), "cell");
  const writer = createRunCsv(folder, run);
  for (const row of rows) {
    writer.append(row);
  }
  assert.deepEqual(readdirSync(folder), ["run-0.csv.partial"]);
  assert.deepEqual(writer.finish(), {
    file: "run-0.csv",
    rows: 20,
    bytes: whole.length,
    sha256: sha256(whole),
  });
  assert.deepEqual(readdirSync(folder), ["run-0.csv"]);
  assert.equal(readFileSync(join(folder, "run-0.csv"), "utf8"), whole);
});

test("Appended rows can be read before the run is finished", () => {
  const folder = temporaryFolder();
  const writer = createRunCsv(folder, run);
  writer.append(rows[0] ?? "");
  assert.equal(readFileSync(join(folder, "run-0.csv.partial"), "utf8"), csvLine(header(run)) + rows[0]);
});

test("A CSV resumed from any number of rows gets the same bytes, whatever was written after those rows", () => {
  for (let kept = 0; kept <= rows.length; kept++) {
    const folder = temporaryFolder();
    const first = createRunCsv(folder, run);
    for (const row of rows.slice(0, kept)) {
      first.append(row);
    }
    const progress = first.sync();
    first.append("adam,false,0.5,cce,0,9");
    const second = resumeRunCsv(folder, run.repetition, progress) ?? assert.fail();
    for (const row of rows.slice(kept)) {
      second.append(row);
    }
    assert.deepEqual(second.finish(), {
      file: "run-0.csv",
      rows: 20,
      bytes: whole.length,
      sha256: sha256(whole),
    });
    assert.equal(readFileSync(join(folder, "run-0.csv"), "utf8"), whole);
  }
});

test("A CSV is not resumed from a file that is shorter, has other bytes, is a link or does not exist", () => {
  const parent = temporaryFolder();
  const folder = join(parent, "cell");
  const file = join(folder, "run-0.csv.partial");
  const writer = createRunCsv(folder, run);
  writer.append(rows.join(""));
  const progress = writer.sync();
  const resumed = () => resumeRunCsv(folder, run.repetition, progress);
  const changed = whole.replace(/\d(?=,\n)/, (digit) => String((Number(digit) + 1) % 10));
  assert.equal(changed.length, whole.length);
  writeFileSync(file, changed);
  assert.equal(resumed(), undefined);
  writeFileSync(file, whole);
  truncateSync(file, progress.bytes - 1);
  assert.equal(resumed(), undefined);
  const outside = join(temporaryFolder(), "outside");
  writeFileSync(outside, whole);
  for (const link of [symlinkSync, linkSync]) {
    rmSync(file);
    link(outside, file);
    assert.equal(resumed(), undefined);
  }
  rmSync(file);
  assert.equal(resumed(), undefined);
  rmSync(folder, { recursive: true });
  assert.equal(resumed(), undefined);
  const elsewhere = temporaryFolder();
  writeFileSync(join(elsewhere, "run-0.csv.partial"), whole);
  symlinkSync(elsewhere, folder);
  assert.equal(resumed(), undefined);
  assert.equal(readFileSync(outside, "utf8"), whole);
});

test("A writer keeps no file open, so that any number of runs can be in progress", {
  skip: !existsSync("/proc/self/fd"),
}, () => {
  const folder = temporaryFolder();
  const before = readdirSync("/proc/self/fd").length;
  for (let number = 0; number < 50; number++) {
    createRunCsv(folder, { ...run, repetition: number }).append(rows[0] ?? "");
  }
  assert.equal(readdirSync("/proc/self/fd").length, before);
});

test("A link in place of the file is replaced, and its target is unchanged", () => {
  for (const link of [symlinkSync, linkSync]) {
    const folder = temporaryFolder();
    const outside = join(temporaryFolder(), "precious");
    writeFileSync(outside, "precious");
    link(outside, join(folder, "run-0.csv.partial"));
    link(outside, join(folder, "run-0.csv"));
    const writer = createRunCsv(folder, run);
    writer.append(rows.join(""));
    writer.finish();
    assert.equal(readFileSync(outside, "utf8"), "precious");
    assert.equal(readFileSync(join(folder, "run-0.csv"), "utf8"), whole);
  }
});

test("A cell's folder that is a symbolic link is refused", () => {
  const outside = temporaryFolder();
  const folder = join(temporaryFolder(), "cell");
  symlinkSync(outside, folder);
  assert.throws(() => createRunCsv(folder, run), /segloss writes only within the output folder/);
  assert.deepEqual(readdirSync(outside), []);
});

test("A writer whose file was replaced or resumed by a later sweep writes no more and removes nothing", () => {
  const folder = temporaryFolder();
  const file = join(folder, "run-0.csv.partial");
  const orphan = createRunCsv(folder, run);
  const progress = orphan.sync();
  const changed = /another program changed or replaced it while it was being written/;
  const later = resumeRunCsv(folder, run.repetition, progress) ?? assert.fail();
  later.append(rows[0] ?? "");
  assert.throws(() => orphan.append(rows[0] ?? ""), changed);
  const latest = createRunCsv(folder, run);
  latest.append(rows.slice(0, 2).join(""));
  for (const writer of [orphan, later]) {
    assert.throws(() => writer.append(rows[0] ?? ""), changed);
    assert.throws(() => writer.sync(), changed);
    assert.throws(() => writer.finish(), changed);
  }
  assert.equal(readFileSync(file, "utf8"), csvLine(header(run)) + rows.slice(0, 2).join(""));
  latest.abandon();
  assert.deepEqual(readdirSync(folder), []);
});

test("A folder that was removed is reported and not created again", () => {
  const parent = join(temporaryFolder(), "sweep");
  mkdirSync(parent);
  const folder = join(parent, "cell");
  const writer = createRunCsv(folder, run);
  rmSync(parent, { recursive: true });
  assert.throws(() => writer.append(rows.join("")), /it or its folder does not exist/);
  writer.abandon();
  assert.throws(() => createRunCsv(folder, run), /it or its folder does not exist/);
  assert.ok(!existsSync(parent));
});

test("A full disk is reported", {
  skip: !existsSync("/dev/full"),
}, async () => {
  const { createRunOutput } = await import("../../src/results/run-output.js");
  await assert.rejects(createRunOutput("/dev/full", run), /\/dev\/full: no space is left on the disk/);
});
