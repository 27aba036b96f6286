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
import { openRunFile } from "../../src/results/writer.js";
import { temporaryFolder } from "../config/samples.js";
import { rowsOf, runOf } from "./samples.js";

const run = runOf({ steps: 20, monitor: "cce" });
const rows = rowsOf(run).split(/(?<=\n)/);
const whole = csvLine(header(run)) + rows.join("");

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

test("a CSV has another name until it is finished, then rows, bytes and checksum are told", () => {
  const folder = join(temporaryFolder(), "cell");
  const writer = openRunFile(folder, run);
  for (const row of rows) writer.append(row);
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

test("what is appended can be read at once, before the run is finished", () => {
  const folder = temporaryFolder();
  const writer = openRunFile(folder, run);
  writer.append(rows[0] ?? "");
  assert.equal(readFileSync(join(folder, "run-0.csv.partial"), "utf8"), csvLine(header(run)) + rows[0]);
  writer.close();
});

test("it goes on from any number of rows as if there had been no interruption, whatever was written after them", () => {
  for (let kept = 0; kept <= rows.length; kept++) {
    const folder = temporaryFolder();
    const first = openRunFile(folder, run);
    for (const row of rows.slice(0, kept)) first.append(row);
    const progress = first.sync();
    first.append("adam,false,0.5,cce,0,9");
    first.close();
    const second = openRunFile(folder, run, progress);
    for (const row of rows.slice(kept)) second.append(row);
    assert.deepEqual(second.finish(), {
      file: "run-0.csv",
      rows: 20,
      bytes: whole.length,
      sha256: sha256(whole),
    });
    assert.equal(readFileSync(join(folder, "run-0.csv"), "utf8"), whole);
  }
});

test("it does not go on from a file that is shorter, of other rows, a link, or not there", () => {
  const folder = temporaryFolder();
  const file = join(folder, "run-0.csv.partial");
  const writer = openRunFile(folder, run);
  writer.append(rows.join(""));
  const progress = writer.sync();
  writer.close();
  assert.throws(
    () => openRunFile(folder, run, { ...progress, rows: 19 }),
    /holds 20 rows to go on from, not 19/,
  );
  truncateSync(file, progress.bytes - 1);
  assert.throws(() => openRunFile(folder, run, progress), /holds less than the \d+ bytes to go on from/);
  const outside = join(temporaryFolder(), "outside");
  writeFileSync(outside, whole);
  rmSync(file);
  symlinkSync(outside, file);
  assert.throws(() => openRunFile(folder, run, progress), /symbolic link/);
  rmSync(file);
  linkSync(outside, file);
  assert.throws(() => openRunFile(folder, run, progress), /holds less/);
  rmSync(file);
  assert.throws(() => openRunFile(folder, run, progress), /it or its folder is gone/);
  assert.equal(readFileSync(outside, "utf8"), whole);
});

test("a link in place of the file is replaced, and what it leads to is left alone", () => {
  for (const link of [symlinkSync, linkSync]) {
    const folder = temporaryFolder();
    const outside = join(temporaryFolder(), "precious");
    writeFileSync(outside, "precious");
    link(outside, join(folder, "run-0.csv.partial"));
    link(outside, join(folder, "run-0.csv"));
    const writer = openRunFile(folder, run);
    writer.append(rows.join(""));
    writer.finish();
    assert.equal(readFileSync(outside, "utf8"), "precious");
    assert.equal(readFileSync(join(folder, "run-0.csv"), "utf8"), whole);
  }
});

test("a cell's folder that is a link elsewhere is refused", () => {
  const outside = temporaryFolder();
  const folder = join(temporaryFolder(), "cell");
  symlinkSync(outside, folder);
  assert.throws(() => openRunFile(folder, run), /segloss writes only within the output folder/);
  assert.deepEqual(readdirSync(outside), []);
});

test("a writer whose file was replaced by a later sweep's does not finish or remove that", () => {
  const folder = temporaryFolder();
  const file = join(folder, "run-0.csv.partial");
  const orphan = openRunFile(folder, run);
  const later = openRunFile(folder, run);
  assert.throws(() => orphan.finish(), /was replaced or removed while it was written/);
  orphan.abandon();
  assert.ok(existsSync(file));
  later.abandon();
  assert.deepEqual(readdirSync(folder), []);
});

test("a vanished folder is told plainly and not made again", () => {
  const parent = join(temporaryFolder(), "sweep");
  mkdirSync(parent);
  const folder = join(parent, "cell");
  const writer = openRunFile(folder, run);
  rmSync(parent, { recursive: true });
  writer.append(rows.join(""));
  assert.throws(() => writer.finish(), /was replaced or removed/);
  writer.abandon();
  assert.throws(() => openRunFile(folder, run), /it or its folder is gone/);
  assert.ok(!existsSync(parent));
});

test("a full disk is told plainly, and the unfinished file goes", {
  skip: !existsSync("/dev/full"),
}, async () => {
  const { openOutput } = await import("../../src/results/output.js");
  await assert.rejects(openOutput("/dev/full", run), /\/dev\/full: no space is left on the disk/);
});
