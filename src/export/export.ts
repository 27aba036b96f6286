import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describeLeftOut, findRuns } from "../analysis/input/find-runs.js";
import { readRuns } from "../analysis/input/read-runs.js";
import { type RunSummary, studySmoothing } from "../analysis/run-summary.js";
import { selectRuns } from "../analysis/selection.js";
import { escapeControls } from "../config/problems.js";
import { SeglossError } from "../errors.js";
import { openGuardedFile } from "../results/fs/guarded-write.js";
import { refuseMixedSource, sourceWarnings } from "../results/provenance.js";
import { pluralize, printLine } from "../terminal/messages.js";
import { openStageProgress } from "../terminal/progress-bar.js";
import { signalExitCode, watchSignals } from "../terminal/signals.js";
import { createParquetRuns } from "./parquet.js";
import { readRunRows } from "./run-rows.js";

/** The options of `segloss export`. */
export interface ExportOptions {
  /** A sweep's folder, or CSVs. */
  readonly inputs: readonly string[];
  /** The Parquet file to write. */
  readonly parquet: string | undefined;
  /** The folder to write for TensorBoard. */
  readonly tensorboard: string | undefined;
  /** TensorBoard receives the steps that this number divides. */
  readonly every: number;
  readonly only: readonly string[];
  /** Compare the checksum of every CSV with its record's. */
  readonly verify: boolean;
  /** Refuse runs that were made by different source code. */
  readonly strict: boolean;
  readonly quiet: boolean;
}

/** Lets signals and the progress bar have their turn. Throws SeglossError after a signal. */
type Pause = () => Promise<void>;

/** Reads the runs and writes their rows in the formats that are asked for. Throws SeglossError for a user's mistakes. */
export async function exportRuns(options: ExportOptions): Promise<void> {
  const { parquet, tensorboard, quiet } = options;
  const runs = await selectedRuns(options);
  if (parquet !== undefined) {
    await untilSignal((pause) => exportParquet(runs, parquet, quiet, pause));
    announce(`${pluralize(runs.length, "run")} in ${escapeControls(parquet)}`, quiet);
  }
  if (tensorboard !== undefined) {
    const written = await exportTensorBoard(runs, tensorboard, options);
    const before = runs.length - written;
    const rest = before === 0 ? "" : `, ${before} of them from before`;
    announce(`${pluralize(runs.length, "run")} in ${escapeControls(tensorboard)}${rest}`, quiet);
  }
}

/** Reads and summarizes the runs that are asked for, and says which are left out. */
async function selectedRuns(options: ExportOptions): Promise<readonly RunSummary[]> {
  const found = findRuns(options.inputs, options);
  const reading = openStageProgress("reading", found.files.length, options.quiet);
  const collection = await readRuns(found, studySmoothing, reading.step).finally(reading.stop);
  const { runs, leftOut } = selectRuns(collection, options.only);
  const warnings = sourceWarnings(runs.map(({ record }) => record?.environment));
  if (options.strict) {
    refuseMixedSource(warnings);
  }
  for (const line of [...describeLeftOut(leftOut), ...warnings.map((warning) => `warning: ${warning}`)]) {
    announce(line, options.quiet);
  }
  return runs;
}

async function exportParquet(
  runs: readonly RunSummary[],
  path: string,
  quiet: boolean,
  pause: Pause,
): Promise<void> {
  const writing = openStageProgress("writing", runs.length, quiet);
  const file = openGuardedFile(dirname(path), path);
  try {
    const parquet = createParquetRuns(runs, file.append);
    for (const rows of readRunRows(runs)) {
      parquet.append(rows);
      writing.step();
      await pause();
    }
    parquet.finish();
    file.finish();
  } finally {
    file.close();
    writing.stop();
  }
}

/** Returns the number of runs that were not there yet. */
async function exportTensorBoard(
  runs: readonly RunSummary[],
  root: string,
  { every, quiet }: ExportOptions,
): Promise<number> {
  // Only here, so that everything else works without TensorFlow. Files are written by the processor.
  process.env.CUDA_VISIBLE_DEVICES = "-1";
  const { loadTensorFlow } = await import("../tensorflow/index.js");
  await loadTensorFlow({ threads: 1 });
  const { runFolders, writeEvents } = await import("./tensorboard.js");
  const folders = runFolders(runs);
  const writing = openStageProgress("writing", runs.length, quiet);
  let written = 0;
  try {
    await untilSignal(async (pause) => {
      for (const rows of readRunRows(runs)) {
        const place = { root, folder: join(root, folders.get(rows.run) ?? "") };
        written += (await writeEvents(rows, place, every, pause)) ? 1 : 0;
        writing.step();
      }
    });
  } finally {
    writing.stop();
  }
  return written;
}

/** Works until a signal asks the program to end. Then nothing is left half done: `work` removes what is not complete. */
async function untilSignal(work: (pause: Pause) => Promise<void>): Promise<void> {
  const interruption = watchSignals();
  try {
    await work(async () => {
      await setImmediate();
      const signal = interruption.signal();
      if (signal !== undefined) {
        throw new SeglossError("interrupted: run the same command again", {
          exitCode: signalExitCode(signal),
        });
      }
    });
  } finally {
    interruption.release();
  }
}

function announce(line: string, quiet: boolean): void {
  if (!quiet) {
    printLine(line);
  }
}
