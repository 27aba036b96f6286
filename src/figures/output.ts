import { statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileSlug } from "../config/file-slug.js";
import { sha256Hex } from "../config/hash.js";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { withFileErrors } from "../results/fs/errors.js";
import { writeGuarded } from "../results/fs/guarded-write.js";
import { type FigureFormat, figureFormats } from "./options.js";
import type { Chart } from "./svg/chart.js";

/** Where figures go: stdout, one file, or a folder with a file for each. */
export type FigureOutput =
  | { readonly kind: "stdout"; readonly format: FigureFormat }
  | { readonly kind: "file"; readonly path: string; readonly format: FigureFormat }
  | {
      readonly kind: "folder";
      readonly path: string;
      /** The folder that the user named, which is `path` or contains it. Nothing outside it is written. */
      readonly root: string;
      readonly format: FigureFormat;
    };

// The extensions of common files. A name with another extension is that of a folder, such as "figures.v2".
const fileExtensions =
  "svg png pdf ps eps jpg jpeg gif webp tif tiff bmp html htm csv json md tex txt docx pptx".split(" ");

/**
 * Returns what `-o` and `--format` mean together. "-" is stdout, a name that ends in a format is a file, any other name a
 * folder. Throws SeglossError if the two contradict each other, or if the name ends in a format that is not written.
 */
export function parseOutput(output: string, format: FigureFormat | undefined): FigureOutput {
  if (output === "-") {
    return { kind: "stdout", format: format ?? "svg" };
  }
  if (!isFolder(output)) {
    requireFormat(output, figureFormats, "figures");
  }
  const extension = extname(output).slice(1).toLowerCase();
  const named = figureFormats.find((known) => known === extension);
  if (named === undefined || isFolder(output)) {
    return { kind: "folder", path: output, root: output, format: format ?? "svg" };
  }
  if (format !== undefined && format !== named) {
    throw usageError(`-o ${escapeControls(output)} and --format ${format} contradict each other`);
  }
  return { kind: "file", path: output, format: named };
}

/** Throws SeglossError if the output is named as a file of another format than those that are written. */
export function requireFormat(output: string, formats: readonly string[], what: string): void {
  const extension = extname(output).slice(1).toLowerCase();
  if (fileExtensions.includes(extension) && !formats.includes(extension)) {
    throw usageError(
      `-o ${escapeControls(output)}: ${what} are not written as ${extension}; formats: ${formats.join(", ")}`,
    );
  }
}

/** Renders a chart in each format. The libraries of a format are loaded when it is first used. */
const renderers: Readonly<Record<FigureFormat, (chart: Chart) => Promise<Buffer>>> = {
  svg: async ({ svg }) => Buffer.from(svg),
  png: async (chart) => (await import("./svg/raster.js")).renderPng(chart),
  pdf: async (chart) => (await import("./svg/pdf.js")).renderPdf(chart),
};

/** Writes a chart. `name` is the file's name in a folder, without extension. Throws SeglossError on disk errors. */
export async function writeFigure(output: FigureOutput, name: string, chart: Chart): Promise<void> {
  const bytes = await renderers[output.format](chart);
  if (output.kind === "stdout") {
    await writeStdout(bytes);
  } else if (output.kind === "file") {
    writeOutputFile(output.path, bytes);
  } else {
    writeGuarded(output.root, join(output.path, `${name}.${output.format}`), bytes);
  }
}

/**
 * Returns a file name that ends with the filter of `--only`, so that a selection of runs does not replace the file of all
 * of them: "accuracy-only-optimizer-adam-run-0". A long filter is cut, with a checksum of the whole.
 */
export function filteredName(name: string, only: readonly string[]): string {
  if (only.length === 0) {
    return name;
  }
  const text = only.join(",");
  const words = text
    .replace(/!=|<=|>=|<|>/g, (operator) => `-${operatorWords[operator]}-`)
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "");
  const short =
    words.length <= longestFilter ? words : `${words.slice(0, longestFilter)}-${sha256Hex(text).slice(0, 8)}`;
  return fileSlug(`${name}-only-${short}`);
}

const longestFilter = 80;

const operatorWords: Readonly<Record<string, string>> = {
  "!=": "not",
  "<=": "at-most",
  ">=": "at-least",
  "<": "below",
  ">": "above",
};

/** Returns the error of a user's mistake in the flags of `plot`. */
export function usageError(message: string): SeglossError {
  return new SeglossError(message, { exitCode: exitCode.usage });
}

/** Writes the file that the user named, and creates its folder if there is none. Throws SeglossError as `writeGuarded` does. */
export function writeOutputFile(path: string, content: Buffer | string): void {
  writeGuarded(dirname(path), path, content);
}

/** Writes to stdout and waits until it is written. */
export function writeStdout(content: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(content, () => resolve());
  });
}

function isFolder(path: string): boolean {
  const stats = withFileErrors(path, () => statSync(path, { throwIfNoEntry: false }), exitCode.usage);
  return stats?.isDirectory() ?? false;
}
