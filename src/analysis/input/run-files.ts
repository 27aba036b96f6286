import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { escapeControls } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { withFileErrors } from "../../results/fs/errors.js";
import { keyIdentity, sortByGrid } from "../axes.js";
import { type RunSummary, type Smoothing, summarizeRun } from "../run-summary.js";
import { parseRunTables } from "./run-table.js";

const runFile = /^run-\d+\.csv$/;

/**
 * The CSVs that the arguments name: a sweep's folder or a cell's stands for the finished runs in it, "-" for the standard
 * input. Throws SeglossError where there is no such file or no finished run.
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
      `${escapeControls(path)}: no finished run in it; expected files such as CELL/run-0.csv, as segloss sweep writes them`,
      { exitCode: exitCode.usage },
    );
  });
}

/** Reads and digests CSVs one after another, in the order of the grid; `onFile` hears of each that is done. */
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
        ? await buffer(process.stdin)
        : withFileErrors(file, () => readFileSync(file), exitCode.usage);
    if (bytes.length === 0) {
      throw new SeglossError(`${name} is empty`, { exitCode: exitCode.usage });
    }
    for (const table of parseRunTables(bytes, name)) {
      runs.push(summarizeRun(table, file, smoothing));
    }
    onFile();
    // Room for the progress bar and for signals.
    await setImmediate();
  }
  refuseTwins(runs);
  return sortByGrid(runs);
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

/** Two runs with the same keys and number would be drawn over each other and counted twice. */
function refuseTwins(runs: readonly RunSummary[]): void {
  const seen = new Map<string, RunSummary>();
  for (const run of runs) {
    const name = JSON.stringify([keyIdentity(run.keys, [...run.keys.keys()].toSorted()), run.run]);
    const twin = seen.get(name);
    if (twin !== undefined) {
      throw new SeglossError(
        `${escapeControls(twin.source)} and ${escapeControls(run.source)} hold the same run by their key columns; give only one of them`,
        { exitCode: exitCode.usage },
      );
    }
    seen.set(name, run);
  }
}
