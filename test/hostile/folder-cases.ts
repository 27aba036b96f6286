import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { gridRuns } from "../../src/config/grid.js";
import { cellFolder } from "../../src/results/paths.js";
import { removeRunRecord } from "../../src/results/run-record.js";
import { replaceSweepFile } from "../../src/results/sweep/sweep-file.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";

// Sweep folders that no segloss wrote. Each begins as a sound sweep of two cells with two runs.

/** The places of a case. `outside` holds files that must stay as they are. */
export interface CasePlaces {
  readonly sweep: string;
  readonly cell: string;
  readonly csv: string;
  readonly record: string;
  readonly sweepFile: string;
  readonly outside: string;
  readonly precious: string;
}

type Damage = (places: CasePlaces) => void | Promise<void>;

const deep = "[".repeat(200_000) + "]".repeat(200_000);

function pipe(path: string): void {
  rmSync(path, { force: true, recursive: true });
  execFileSync("mkfifo", [path]);
}

function link(target: string, path: string): void {
  rmSync(path, { force: true, recursive: true });
  symlinkSync(target, path);
}

function folder(path: string): void {
  rmSync(path, { force: true, recursive: true });
  mkdirSync(path);
}

/** Leaves a socket in place of a file. */
function socket(path: string): Promise<void> {
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(path, () => {
      server.unref();
      resolve();
    });
  });
}

/** A file that claims gigabytes and takes no space. */
function sparse(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

function config(change: object): string {
  return JSON.stringify({ version: 1, config: { ...smallConfig, ...change }, hash: "0".repeat(64) });
}

function onSweepFile(text: string | Buffer): Damage {
  return ({ sweepFile }) => writeFileSync(sweepFile, text);
}

function onRecord(text: string | Buffer): Damage {
  return ({ record }) => writeFileSync(record, text);
}

/** Moves the cell to a folder of this name. */
function cellNamed(name: string): Damage {
  return ({ sweep, csv }) => {
    mkdirSync(join(sweep, name));
    copyFileSync(csv, join(sweep, name, "run-1.csv"));
  };
}

/** Hostile sweep folders by name. */
export const folderCases: Readonly<Record<string, Damage>> = {
  "a figures folder that is a link": ({ sweep, outside }) => link(outside, join(sweep, "figures")),
  "a figures folder that is a link to nothing": ({ sweep, outside }) =>
    link(join(outside, "nothing"), join(sweep, "figures")),
  "a figures folder that is a link to itself": ({ sweep }) => link("figures", join(sweep, "figures")),
  "a figures folder that is a file": ({ sweep }) => writeFileSync(join(sweep, "figures"), "x"),
  "a figures folder that is a pipe": ({ sweep }) => pipe(join(sweep, "figures")),
  "a figure that is a link": ({ sweep, precious }) => {
    mkdirSync(join(sweep, "figures"));
    for (const name of ["accuracy", "learning", "adam-nobn-t0.5-run-0"]) {
      link(precious, join(sweep, "figures", `${name}.svg`));
    }
  },
  "a figure that is a folder": ({ sweep }) => {
    mkdirSync(join(sweep, "figures"));
    mkdirSync(join(sweep, "figures", "accuracy.svg"));
  },
  "a figure that is a pipe": ({ sweep }) => {
    mkdirSync(join(sweep, "figures"));
    pipe(join(sweep, "figures", "accuracy.svg"));
  },
  "a report that is a link": ({ sweep, precious }) => link(precious, join(sweep, "report.html")),
  "a report that is a folder": ({ sweep }) => mkdirSync(join(sweep, "report.html")),
  "a report that is a pipe": ({ sweep }) => pipe(join(sweep, "report.html")),
  "a cell that is a link": ({ cell, outside }) => link(outside, cell),
  "a cell that is a link to its parent": ({ sweep }) => link("..", join(sweep, "loop")),
  "a cell that is a pipe": ({ cell }) => pipe(cell),
  "a CSV that is a link to a file outside": ({ csv, precious }) => link(precious, csv),
  "a CSV that is a link to an endless device": ({ csv }) => link("/dev/zero", csv),
  "a CSV that is a link to itself": ({ csv }) => link(basename(csv), csv),
  "a CSV that is a pipe": ({ csv }) => pipe(csv),
  "a CSV that is a socket": ({ csv }) => socket(csv),
  "a CSV that is a folder": ({ csv }) => folder(csv),
  "a CSV that claims eight gigabytes": ({ csv }) => sparse(csv, 8 * 2 ** 30),
  "a CSV with an endless number": ({ cell, csv }) =>
    copyFileSync(csv, join(cell, `run-${"9".repeat(200)}.csv`)),
  "a summary that is a link": ({ sweep, precious }) => link(precious, join(sweep, "summary.csv")),
  "a summary that is a pipe": ({ sweep }) => pipe(join(sweep, "summary.csv")),
  "a sweep.json that is a link": ({ sweepFile, precious }) => link(precious, sweepFile),
  "a sweep.json that is an endless device": ({ sweepFile }) => link("/dev/zero", sweepFile),
  "a sweep.json that is a pipe": ({ sweepFile }) => pipe(sweepFile),
  "a sweep.json that is a folder": ({ sweepFile }) => folder(sweepFile),
  "a sweep.json that claims eight gigabytes": ({ sweepFile }) => sparse(sweepFile, 8 * 2 ** 30),
  "a sweep.json that is empty": onSweepFile(""),
  "a sweep.json that is a list": onSweepFile("[]"),
  "a sweep.json that is null": onSweepFile("null"),
  "a sweep.json nested 200,000 deep": onSweepFile(deep),
  "a config nested 200,000 deep": onSweepFile(`{"version":1,"config":{"loss":${deep}},"hash":"0"}`),
  "a config of other types": onSweepFile(config({ loss: 7, runs: "many", threshold: {}, steps: null })),
  "a config that claims 1e300 runs": onSweepFile(config({ runs: 1e300 })),
  "a config that claims 10 billion cells": onSweepFile(
    config({
      steps: Array.from({ length: 100_000 }, (_, i) => i + 1),
      seed: 1,
      batchSize: Array.from({ length: 4000 }, (_, i) => i + 1),
    }),
  ),
  "a config with keys of Object.prototype": onSweepFile(
    `{"version":1,"config":{"__proto__":{"runs":9},"constructor":1},"hash":"0"}`,
  ),
  "a config with markup and escape sequences": onSweepFile(
    config({ loss: "<script>window.hostile=1</script>", "\u001b[2J": "\u001b[31m" }),
  ),
  "a record that is a pipe": ({ record }) => pipe(record),
  "a record that is a link to an endless device": ({ record }) => link("/dev/zero", record),
  "a record that is a folder": ({ record }) => folder(record),
  "a record nested 200,000 deep": onRecord(deep),
  "a record of 100 megabytes": ({ record }) => sparse(record, 100 * 2 ** 20),
  "a record of random bytes": onRecord(readFileSync(process.execPath).subarray(0, 100_000)),
  "a record of other types": onRecord(JSON.stringify({ version: 1, cell: [], csv: "x", run: {}, result: 7 })),
  "a record that claims everything": onRecord(
    JSON.stringify({
      version: 1,
      run: 1e300,
      csv: { file: "../../../etc/passwd", rows: 1e300, bytes: 1e300 },
    }),
  ),
  "a cell with markup in its name": cellNamed("<img src=x onerror=window.hostile=1>"),
  "a cell with a quote in its name": cellNamed(`x"onmouseover="window.hostile=1`),
  "a cell with escape sequences in its name": cellNamed("\u001b[2J\u009b31m\u202e"),
  "a cell with a line break in its name": cellNamed("one\ntwo"),
  "a cell named like a flag": cellNamed("--output=pwned"),
  "a cell named like a URL": cellNamed("javascript:window.hostile=1"),
  "a cell with a name of 255 bytes": cellNamed("x".repeat(255)),
  "a cell with a name that is not UTF-8": ({ sweep, csv }) => {
    const name = Buffer.concat([Buffer.from(`${sweep}/`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(name);
    copyFileSync(csv, Buffer.concat([name, Buffer.from("/run-1.csv")]));
  },
  "3,000 empty cells": ({ sweep }) => {
    for (let index = 0; index < 3000; index++) {
      mkdirSync(join(sweep, `cell-${index}`));
    }
  },
  "an empty folder": ({ sweep }) => folder(sweep),
  "other people's files": ({ sweep }) => {
    folder(sweep);
    writeFileSync(join(sweep, "thesis.tex"), "years of work");
  },
  "a folder 500 folders deep": ({ cell }) => {
    mkdirSync(join(cell, ...Array.from({ length: 500 }, () => "deep")), { recursive: true });
  },
};

/**
 * Creates the sound sweep that every case begins as, and the files outside it. Without records the folder is one of CSVs
 * alone, all of which are read.
 */
export function createSweep(places: CasePlaces, { hasRecords }: { readonly hasRecords: boolean }): void {
  const runs = gridRuns(smallConfig);
  mkdirSync(places.sweep);
  replaceSweepFile(places.sweep, smallConfig);
  for (const run of runs) {
    finishRun(places.sweep, run);
  }
  mkdirSync(places.outside);
  writeFileSync(places.precious, "precious\n");
  if (!hasRecords) {
    rmSync(places.sweepFile);
    for (const run of runs) {
      removeRunRecord(cellFolder(places.sweep, run), run.repetition);
    }
  }
}
