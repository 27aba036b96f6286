import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { escapeControls } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { readPlainFile } from "../../results/fs/contents.js";
import { withFileErrors } from "../../results/fs/errors.js";
import { sortByGrid } from "../axes.js";
import { alignKeys } from "../run-keys.js";
import { type RunSummary, type Smoothing, summarizeRun } from "../run-summary.js";
import type { FoundRuns, LeftOutRun, RunFile } from "./find-runs.js";
import { parseRunTables, type RunTable } from "./run-table.js";

/** The most that one Buffer is read into. */
const maxCsvBytes = 2 ** 31 - 1;

/** The finished runs of some inputs. */
export interface RunCollection extends Pick<FoundRuns, "planned"> {
  /** In the order of the grid. */
  readonly runs: readonly RunSummary[];
  readonly leftOut: readonly LeftOutRun[];
}

/**
 * Reads and summarizes CSVs one after another, calling `onFile` after each. A CSV that does not match its checksum is left
 * out. The summaries have curves if `curveWidth` is given: see `summarizeRun`.
 * @throws SeglossError if a file cannot be read or is not a run's CSV, or if two files hold the same run.
 */
export async function readRuns(
  { files, leftOut, planned }: FoundRuns,
  smoothing: Smoothing,
  onFile: () => void,
  curveWidth?: number,
): Promise<RunCollection> {
  const runs: RunSummary[] = [];
  const damaged: LeftOutRun[] = [];
  for (const file of files) {
    const bytes = await readBytes(file);
    const { record, path } = file;
    if (file.mustVerify && record !== undefined && sha256(bytes) !== record.csv.sha256) {
      const reason = `${escapeControls(path)} does not match the checksum of its record`;
      damaged.push({ kind: "damaged", reason, run: record });
    } else {
      const tables = parseRunTables(bytes, nameOf(file));
      runs.push(...tables.map((table) => summarizeRun(table, file, smoothing, curveWidth)));
    }
    onFile();
    // Let the progress bar and signals in.
    await setImmediate();
  }
  if (runs.length === 0) {
    const reasons = damaged.map(({ reason }) => reason).join("; ");
    throw new SeglossError(`no finished run: ${reasons}`, { exitCode: exitCode.usage });
  }
  return { runs: sortByGrid(alignKeys(runs)), leftOut: [...leftOut, ...damaged], planned };
}

/** Reads all rows of the runs in a CSV. Throws SeglossError if it cannot be read or is not a run's CSV. */
export function readRunTables(path: string): readonly RunTable[] {
  return parseRunTables(readCsv(path), escapeControls(path));
}

function readCsv(path: string): Buffer {
  return withFileErrors(path, () => readPlainFile(path, maxCsvBytes), exitCode.usage);
}

async function readBytes(file: RunFile): Promise<Buffer> {
  const { path } = file;
  const bytes = path === "-" ? await readStdin() : readCsv(path);
  if (bytes.length === 0) {
    throw new SeglossError(`${nameOf(file)} is empty`, { exitCode: exitCode.usage });
  }
  return bytes;
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

function nameOf({ path }: RunFile): string {
  return path === "-" ? "the standard input" : escapeControls(path);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
