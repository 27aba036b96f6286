import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { escapeControls, orThrow, type Problems } from "../config/problems.js";
import { type ExitCode, exitCode, SeglossError } from "../errors.js";
import { withFileErrors } from "../results/fs/errors.js";
import { provenance } from "../results/provenance.js";
import { type RunRecord, readRunRecord } from "../results/run-record.js";
import { readRunState } from "../results/run-state.js";
import type { RunOne, RunOptions } from "../runner/types.js";
import { signalExitCode } from "../terminal/signals.js";
import { addTrainingOptions, asTyped, parseTrainingFlags, type TrainingFlags } from "./options.js";

const examples = `
Examples:
  segloss rerun runs/full/adam-bn-t0.05-dice/run-0
  segloss rerun runs/full/adam-bn-t0.05-dice/run-0 --device cpu

The exit code is 0 if the bytes are the same and 1 if they are not.`;

/** Creates the command `segloss rerun`, which trains a finished run again and compares its CSV. */
export function rerunCommandLine(): Command {
  const command = new Command("rerun")
    .summary("train a finished run again and compare its CSV")
    .description(
      "Trains a finished run of a sweep again, on the same device and with the same compiler as its record says, and compares the new CSV with the old one, byte for byte. Changes no file of the sweep.",
    )
    .argument("<run>", "FOLDER/CELL/run-0, or its CSV or record");
  return addTrainingOptions(command)
    .addHelpText("after", asTyped(examples))
    .action(async (path: string, flags: TrainingFlags) => {
      const { runOne } = await import("../runner/single-run.js");
      process.exitCode = await rerun(path, flags, runOne);
    });
}

/** Trains the run at a path again, prints the comparison on stdout and returns the exit code. */
export async function rerun(path: string, flags: TrainingFlags, runOne: RunOne): Promise<ExitCode> {
  const run = path.replace(/\.(?:csv|json)$/, "");
  const record = readFinished(run);
  const { options } = orThrow(trainingOptions(record, flags));
  const temporary = mkdtempSync(join(tmpdir(), "segloss-rerun-"));
  try {
    const output = join(temporary, "run.csv");
    const signal = await runOne({ ...options, run: record, output, weights: undefined });
    if (signal !== undefined) {
      return signalExitCode(signal);
    }
    const [there, here] = [`${run}.csv`, output].map((file) =>
      withFileErrors(file, () => readFileSync(file, "utf8")),
    );
    const difference = firstDifference(there ?? "", here ?? "");
    const lines =
      difference === undefined
        ? [`${escapeControls(run)}.csv: the same bytes again`]
        : [`${escapeControls(run)}.csv: ${difference}`, ...changedProgram(record)];
    process.stdout.write(`${lines.join("\n")}\n`);
    return difference === undefined ? exitCode.ok : exitCode.runFailed;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Returns where two CSVs with the same header differ first, in words; undefined if they are the same. */
export function firstDifference(there: string, here: string): string | undefined {
  if (there === here) {
    return undefined;
  }
  const [thereLines, hereLines] = [there.split("\n"), here.split("\n")];
  const at = thereLines.findIndex((line, index) => line !== hereLines[index]);
  if (at < 0 || hereLines[at] === undefined || thereLines[at] === "" || hereLines[at] === "") {
    return `it has ${thereLines.length - 1} lines, the new one ${hereLines.length - 1}`;
  }
  const [header, thereCells, hereCells] = [thereLines[0], thereLines[at], hereLines[at]].map((line = "") =>
    line.split(","),
  );
  const column = (thereCells ?? []).findIndex((cell, index) => cell !== hereCells?.[index]);
  const name = header?.[column] ?? "";
  return `differs from line ${at + 1} on: ${name} is ${thereCells?.[column]}, in the new one ${hereCells?.[column]}`;
}

/** Returns the record of a run. Throws SeglossError unless the run is finished and its CSV is intact. */
function readFinished(run: string): RunRecord {
  const file = `${run}.json`;
  const read = readRunRecord(file);
  if (!("record" in read)) {
    const problem = "problem" in read ? read.problem : "does not exist";
    throw new SeglossError(
      `${escapeControls(file)} ${problem}; expected the record of a finished run, such as FOLDER/CELL/run-0`,
      { exitCode: exitCode.usage },
    );
  }
  const state = readRunState(join(file, ".."), read.record, { checksum: true });
  if (state.state !== "done") {
    const reason =
      state.state === "damaged" ? escapeControls(state.reason) : `${escapeControls(run)} is missing`;
    throw new SeglossError(reason, { exitCode: exitCode.usage });
  }
  return read.record;
}

/** Returns the device and compiler of the record, except where flags say otherwise, or every problem of the flags. */
function trainingOptions(
  { environment }: RunRecord,
  flags: TrainingFlags,
): { readonly options: Omit<RunOptions, "run" | "output" | "weights"> } | Problems {
  const { device, xla } = environment;
  const [, number] = /\(GPU (\d+)\)$/.exec(device) ?? [];
  const usesRecorded = flags.device === undefined && flags.gpu === undefined;
  const recordedGpu = usesRecorded && number !== undefined ? { gpu: number } : {};
  const recordedDevice = usesRecorded ? { device: device === "cpu" ? "cpu" : "gpu" } : {};
  return parseTrainingFlags({ xla: xla ? "on" : "off", ...flags, ...recordedDevice, ...recordedGpu });
}

/** Returns how the program differs from the one that made a record, which may explain other bytes. */
function changedProgram({ environment }: RunRecord): readonly string[] {
  const now = provenance();
  return (["segloss", "commit", "dirty", "node", "tfjs"] as const)
    .filter((key) => environment[key] !== now[key])
    .map((key) => `  ${key}: then ${environment[key] ?? "unknown"}, now ${now[key] ?? "unknown"}`);
}
