import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { escapeControls } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { readPlainFile } from "../../results/fs/contents.js";
import { withFileErrors } from "../../results/fs/errors.js";
import { keyIdentity, sortByGrid } from "../axes.js";
import { type RunSummary, type Smoothing, summarizeRun } from "../run-summary.js";
import { parseRunTables } from "./run-table.js";

/** The most that one Buffer is read into. */
const maxCsvBytes = 2 ** 31 - 1;

const runFile = /^run-\d+\.csv$/;

/**
 * Returns the CSVs that the arguments name. A folder of a sweep or of a cell stands for the finished runs in it, "-" for the
 * standard input. Throws SeglossError if a file does not exist or a folder has no finished run.
 */
export function findRunFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (path === "-" || !isFolder(path)) {
      return [path];
    }
    const found = runFiles(path);
    if (found.length > 0) {
      return found;
    }
    throw new SeglossError(
      `${escapeControls(path)}: no finished run; expected files such as CELL/run-0.csv, as written by segloss sweep`,
      { exitCode: exitCode.usage },
    );
  });
}

/** Reads and summarizes CSVs one after another. Returns the runs in the order of the grid. Calls `onFile` after each file. */
export async function readRunSummaries(
  files: readonly string[],
  smoothing: Smoothing,
  onFile: () => void,
): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = [];
  for (const file of files) {
    const name = file === "-" ? "the standard input" : escapeControls(file);
    const bytes =
      file === "-"
        ? await readStdin()
        : withFileErrors(file, () => readPlainFile(file, maxCsvBytes), exitCode.usage);
    if (bytes.length === 0) {
      throw new SeglossError(`${name} is empty`, { exitCode: exitCode.usage });
    }
    for (const table of parseRunTables(bytes, name)) {
      runs.push(summarizeRun(table, file, smoothing));
    }
    onFile();
    // Let the progress bar and signals in.
    await setImmediate();
  }
  refuseDuplicates(runs);
  return sortByGrid(runs);
}

/** Reads the standard input, which may never end. Throws SeglossError if it is too large. */
async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    bytes += chunk.length;
    if (bytes > maxCsvBytes) {
      throw new SeglossError("the standard input is larger than segloss reads", {
        exitCode: exitCode.usage,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Returns the folder if the arguments name one and nothing else. Throws SeglossError if a path does not exist. */
export function onlyFolder(paths: readonly string[]): string | undefined {
  const [path = "-"] = paths;
  return paths.length === 1 && path !== "-" && isFolder(path) ? path : undefined;
}

function isFolder(path: string): boolean {
  return withFileErrors(path, () => statSync(path), exitCode.usage).isDirectory();
}

function runFiles(folder: string): readonly string[] {
  const entries = withFileErrors(folder, () => readdirSync(folder, { withFileTypes: true }), exitCode.usage);
  const own = entries.filter((entry) => runFile.test(entry.name)).map((entry) => join(folder, entry.name));
  const cells = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  const inCells = cells.flatMap((cell) =>
    withFileErrors(cell, () => readdirSync(cell), exitCode.usage)
      .filter((name) => runFile.test(name))
      .map((name) => join(cell, name)),
  );
  return [...own, ...inCells].toSorted((a, b) => basename(a).length - basename(b).length || (a < b ? -1 : 1));
}

/** Throws SeglossError if two runs have the same keys and number: they would be counted twice. */
function refuseDuplicates(runs: readonly RunSummary[]): void {
  const seen = new Map<string, RunSummary>();
  for (const run of runs) {
    const name = JSON.stringify([keyIdentity(run.keys, [...run.keys.keys()].toSorted()), run.run]);
    const other = seen.get(name);
    if (other !== undefined) {
      throw new SeglossError(
        `${escapeControls(other.source)} and ${escapeControls(run.source)} hold the same run by their key columns; name only one of them`,
        { exitCode: exitCode.usage },
      );
    }
    seen.set(name, run);
  }
}
