import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describeLeftOut, findRuns, onlyFolder } from "../analysis/input/find-runs.js";
import { readRuns } from "../analysis/input/read-runs.js";
import { selectRuns } from "../analysis/selection.js";
import { escapeControls } from "../config/problems.js";
import { figuresFolderName } from "../results/paths.js";
import { refuseMixedSource, sourceWarnings } from "../results/provenance.js";
import { pluralize, printLine } from "../terminal/messages.js";
import { openStageProgress } from "../terminal/progress-bar.js";
import { type Figure, listFigures, refuseTooManyValues } from "./catalogue.js";
import type { FigureFormat, FigureKind, PlotOptions } from "./options.js";
import { type FigureOutput, filteredName, parseOutput, usageError, writeFigure } from "./output.js";

/** More would take minutes, and a folder of so many is of no use. */
const maxFigures = 1000;

/** Reads the runs, draws the figures that are asked for and writes them. Throws SeglossError for a user's mistakes. */
export async function plot(options: PlotOptions): Promise<void> {
  const output =
    options.output === undefined
      ? defaultOutput(options.inputs, options.format)
      : parseOutput(options.output, options.format);
  const found = findRuns(options.inputs, options);
  const reading = openStageProgress("reading", found.files.length, options.quiet);
  const collection = await readRuns(found, options.smoothing, reading.step).finally(reading.stop);
  const selection = selectRuns(collection, options.only);
  const warnings = sourceWarnings(selection.runs.map(({ record }) => record?.environment));
  if (options.strict) {
    refuseMixedSource(warnings);
  }
  if (!options.quiet) {
    for (const line of [
      ...describeLeftOut(selection.leftOut),
      ...warnings.map((warning) => `warning: ${warning}`),
    ]) {
      printLine(line);
    }
  }
  refuseTooManyValues(selection.runs);
  const all = listFigures(collection.runs, options);
  const available = options.only.length === 0 ? all : listFigures(selection.runs, options);
  const figures = chooseFigures(available, options.kinds, output);
  const drawing = openStageProgress("drawing", figures.length, options.quiet);
  try {
    for (const figure of figures) {
      await writeFigure(output, fileName(figure, all, options.only), figure.draw());
      drawing.step();
      await setImmediate();
    }
  } finally {
    drawing.stop();
  }
  if (output.kind !== "stdout" && !options.quiet) {
    printLine(`${pluralize(figures.length, "figure")} in ${escapeControls(output.path)}`);
  }
}

/** Returns a figure's file name, which names the filter unless the figure shows the same runs without it. */
function fileName(figure: Figure, all: readonly Figure[], only: readonly string[]): string {
  const unfiltered = all.find(({ name }) => name === figure.name);
  const isSame =
    unfiltered?.runs.length === figure.runs.length &&
    unfiltered.runs.every((run) => figure.runs.includes(run));
  return isSame ? figure.name : filteredName(figure.name, only);
}

/** The figures of one folder go into that folder, those of CSVs to stdout. */
function defaultOutput(inputs: readonly string[], format: FigureFormat = "svg"): FigureOutput {
  const folder = onlyFolder(inputs);
  return folder === undefined
    ? { kind: "stdout", format }
    : { kind: "folder", root: folder, path: join(folder, figuresFolderName), format };
}

/**
 * Returns the figures of the kinds asked for. An output for a single figure takes the only one there is, or the only
 * figure of runs. Throws SeglossError if there is none, or more than the output takes.
 */
function chooseFigures(
  available: readonly Figure[],
  kinds: readonly FigureKind[] | undefined,
  output: FigureOutput,
): readonly Figure[] {
  const chosen = available.filter((figure) => kinds?.includes(figure.kind) ?? true);
  if (chosen.length === 0) {
    const possible = [...new Set(available.map((figure) => figure.kind))].join(", ");
    throw usageError(
      `--figure ${kinds?.join(",") ?? ""}: these runs have no such figure; they have: ${possible}`,
    );
  }
  if (chosen.length > maxFigures) {
    throw usageError(
      `these runs make ${chosen.length} figures; at most ${maxFigures} are drawn at once: choose some with --figure and --only`,
    );
  }
  if (output.kind === "folder" || chosen.length === 1) {
    return chosen;
  }
  const ofRuns = chosen.filter((figure) => figure.kind === "runs");
  if (kinds === undefined && ofRuns.length === 1) {
    return ofRuns;
  }
  const place = output.kind === "stdout" ? "standard output" : escapeControls(output.path);
  const names = chosen.slice(0, 6).map((figure) => figure.name);
  throw usageError(
    `${place} takes one figure, but there are ${chosen.length} (${names.join(", ")}${chosen.length > 6 ? ", …" : ""}): choose one with --figure and --only, or name a folder with -o`,
  );
}
