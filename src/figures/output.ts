import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { withFileErrors } from "../results/fs/errors.js";
import { type FigureFormat, figureFormats } from "./options.js";
import type { Chart } from "./svg/chart.js";
import { renderPng } from "./svg/raster.js";

/** Where figures go: stdout, one file, or a folder with a file for each. */
export type FigureOutput =
  | { readonly kind: "stdout"; readonly format: FigureFormat }
  | { readonly kind: "file"; readonly path: string; readonly format: FigureFormat }
  | { readonly kind: "folder"; readonly path: string; readonly format: FigureFormat };

/**
 * Returns what `-o` and `--format` mean together. "-" is stdout, a name that ends in a format is a file, any other name a
 * folder. Throws SeglossError if the two contradict each other.
 */
export function parseOutput(output: string, format: FigureFormat | undefined): FigureOutput {
  if (output === "-") {
    return { kind: "stdout", format: format ?? "svg" };
  }
  const extension = extname(output).slice(1).toLowerCase();
  const named = figureFormats.find((known) => known === extension);
  if (named === undefined || isFolder(output)) {
    return { kind: "folder", path: output, format: format ?? "svg" };
  }
  if (format !== undefined && format !== named) {
    throw new SeglossError(`-o ${escapeControls(output)} and --format ${format} contradict each other`, {
      exitCode: exitCode.usage,
    });
  }
  return { kind: "file", path: output, format: named };
}

/** Writes a chart. `name` is the file's name in a folder, without extension. Throws SeglossError on disk errors. */
export async function writeFigure(output: FigureOutput, name: string, chart: Chart): Promise<void> {
  const bytes = output.format === "png" ? renderPng(chart) : Buffer.from(chart.svg);
  if (output.kind === "stdout") {
    await writeStdout(bytes);
  } else {
    writeOutputFile(
      output.kind === "file" ? output.path : join(output.path, `${name}.${output.format}`),
      bytes,
    );
  }
}

/** Writes a file, and creates its folder if there is none. Throws SeglossError on disk errors. */
export function writeOutputFile(path: string, content: Buffer | string): void {
  withFileErrors(
    path,
    () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    },
    exitCode.usage,
  );
}

/** Writes to stdout and waits until it is written. */
export function writeStdout(content: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(content, () => resolve());
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
