import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { FaultContext } from "./sweep.js";

/** A fault was injected into a file. */
export interface DamagedFile {
  readonly file: string;
  /** Whether the next sweep must report the damage. */
  readonly mustBeReported: boolean;
}

/** A fault that is injected into the output folder between two sweeps. Returns undefined if there is no file for it. */
export type FolderFault = (context: FaultContext) => DamagedFile | undefined;

/** The faults that are injected between two sweeps, by name. */
export const folderFaults: Readonly<Record<string, FolderFault>> = {
  "a CSV is cut off": onFinishedRun(".csv", (file) => truncateSync(file, 200)),
  "a CSV is emptied": onFinishedRun(".csv", (file) => truncateSync(file)),
  "a digit of a CSV is changed": onFinishedRun(".csv", changeDigit),
  "a CSV is added to": onFinishedRun(".csv", (file) => appendFileSync(file, "adam,false,0.5,cce,0\n")),
  "a CSV is deleted": onFinishedRun(".csv", (file) => rmSync(file)),
  "a record is cut off": onFinishedRun(".json", (file) => truncateSync(file, 60)),
  "a digit of a record is changed": onFinishedRun(".json", changeDigit),
  "a record is of another version": onFinishedRun(".json", (file) =>
    writeFileSync(file, readFileSync(file, "utf8").replace('"version": 1', '"version": 2')),
  ),
  "sweep.json is cut off": ({ out }) =>
    damage(join(out, "sweep.json"), (file) => truncateSync(file, 30), true),
  "a record is deleted": (context) => unreported(onFinishedRun(".json", (file) => rmSync(file))(context)),
  "the summary is deleted": ({ out }) => damage(join(out, "summary.csv"), (file) => rmSync(file), false),
  "a checkpoint is cut off": onUnfinishedRun(".checkpoint", (file) => truncateSync(file, 500)),
  "a digit of a checkpoint is changed": onUnfinishedRun(".checkpoint", changeDigit),
  "a checkpoint is deleted": onUnfinishedRun(".checkpoint", (file) => rmSync(file)),
  "unfinished rows are cut off": onUnfinishedRun(".partial", (file) => truncateSync(file, 300)),
  "a digit of unfinished rows is changed": onUnfinishedRun(".partial", changeDigit),
  "the lock is nonsense": ({ out }) => {
    const file = join(out, "sweep.lock");
    if (!existsSync(out)) {
      return undefined;
    }
    writeFileSync(file, "{");
    return { file, mustBeReported: false };
  },
  "compiled programs are cut off": ({ setup, random }) => {
    const files = filesBelow(setup.cache);
    for (const file of files) {
      truncateSync(file, random.index(statSync(file).size));
    }
    return files.length === 0 ? undefined : { file: setup.cache, mustBeReported: false };
  },
};

/** Returns the folder of a random cell, or one that does not exist if there is none yet. */
export function anyCellFolder({ out, random }: FaultContext): string {
  const files = filesBelow(out).filter((file) => /run-\d+\./.test(file));
  return files.length === 0 ? join(out, "none") : dirname(random.pick(files));
}

/** Damages a file of a random finished run, which the next sweep must report. */
function onFinishedRun(extension: string, change: (file: string) => void): FolderFault {
  return ({ out, random }) => {
    const records = filesBelow(out).filter((file) => /run-\d+\.json$/.test(file));
    return records.length === 0
      ? undefined
      : damage(random.pick(records).replace(/\.json$/, extension), change, true);
  };
}

/** Damages a random file of an unfinished run, which the next sweep need not report: it trains the run anyway. */
function onUnfinishedRun(extension: string, change: (file: string) => void): FolderFault {
  return ({ out, random }) => {
    const files = filesBelow(out).filter((file) => file.endsWith(extension));
    return files.length === 0 ? undefined : damage(random.pick(files), change, false);
  };
}

function damage(
  file: string,
  change: (file: string) => void,
  mustBeReported: boolean,
): DamagedFile | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  change(file);
  return { file, mustBeReported };
}

function unreported(damaged: DamagedFile | undefined): DamagedFile | undefined {
  return damaged && { ...damaged, mustBeReported: false };
}

/** Changes the last digit of a file that is not in its last 20 characters. */
function changeDigit(file: string): void {
  const text = readFileSync(file, "utf8");
  const at = text.slice(0, -20).search(/\d(?=\D*$)/);
  writeFileSync(file, `${text.slice(0, at)}${(Number(text[at]) + 1) % 10}${text.slice(at + 1)}`);
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
