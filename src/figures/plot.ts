import { statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { findRunFiles, readRunSummaries } from "../analysis/input/run-files.js";
import type { Smoothing } from "../analysis/run-summary.js";
import { selectRuns } from "../analysis/selection.js";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { figuresFolderName } from "../results/paths.js";
import { pluralize, printLine } from "../terminal/messages.js";
import { openStageProgress } from "../terminal/stage-progress.js";
import { type Figure, listFigures } from "./catalogue.js";
import type { Limits } from "./charts/run-curves.js";
import type { FigureKind, Format } from "./kinds.js";
import { type Target, targetOf, writeFigure } from "./output.js";

/** What `segloss plot` is asked for. */
export interface PlotOptions {
  /** A sweep's folder, CSVs, or "-" for the standard input. */
  readonly inputs: readonly string[];
  readonly output: string | undefined;
  readonly format: Format | undefined;
  /** All kinds of figures where undefined. */
  readonly kinds: readonly FigureKind[] | undefined;
  readonly only: readonly string[];
  readonly limits: Limits;
  readonly smoothing: Smoothing;
  readonly quiet: boolean;
}

/** Reads, selects, draws, writes. Throws SeglossError for what a user can mend. */
export async function plot(options: PlotOptions): Promise<void> {
  const target = targetOf(options.output ?? defaultOutput(options.inputs), options.format);
  const files = findRunFiles(options.inputs);
  const reading = openStageProgress("reading", files.length, options.quiet);
  const runs = await readRunSummaries(files, options.smoothing, reading.step).finally(reading.stop);
  const gallery = listFigures(selectRuns(runs, options.only), options);
  const figures = chosen(gallery, options.kinds, target);
  const drawing = openStageProgress("drawing", figures.length, options.quiet);
  try {
    for (const figure of figures) {
      await writeFigure(target, figure.name, figure.draw());
      drawing.step();
      await setImmediate();
    }
  } finally {
    drawing.stop();
  }
  if (target.kind !== "stdout" && !options.quiet) {
    printLine(`${pluralize(figures.length, "figure")} in ${escapeControls(target.path)}`);
  }
}

/** A sweep's figures go into its folder; those of CSVs go where the user says, or to stdout. */
function defaultOutput(inputs: readonly string[]): string {
  const [folder = "-"] = inputs;
  const isSweep =
    inputs.length === 1 && (statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false);
  return isSweep ? join(folder, figuresFolderName) : "-";
}

/** The figures that are asked for; a target that holds one figure takes the runs' own where only one is of them. */
function chosen(
  gallery: readonly Figure[],
  kinds: readonly FigureKind[] | undefined,
  target: Target,
): readonly Figure[] {
  const asked = kinds === undefined ? gallery : gallery.filter((figure) => kinds.includes(figure.kind));
  if (asked.length === 0) {
    const there = [...new Set(gallery.map((figure) => figure.kind))].join(", ");
    throw usage(`--figure ${kinds?.join(",") ?? ""}: these runs give no such figure; they give: ${there}`);
  }
  if (target.kind === "folder" || asked.length === 1) {
    return asked;
  }
  const own = asked.filter((figure) => figure.kind === "runs");
  if (kinds === undefined && own.length === 1) {
    return own;
  }
  const where = target.kind === "stdout" ? "standard output takes" : `${escapeControls(target.path)} takes`;
  const names = asked.slice(0, 6).map((figure) => figure.name);
  throw usage(
    `${where} one figure and these runs give ${asked.length} (${names.join(", ")}${asked.length > 6 ? ", …" : ""}): choose with --figure and --only, or name a folder with -o`,
  );
}

function usage(message: string): SeglossError {
  return new SeglossError(message, { exitCode: exitCode.usage });
}
