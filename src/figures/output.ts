import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { withFileErrors } from "../results/fs/errors.js";
import { type Format, formats } from "./kinds.js";
import type { Chart } from "./svg/chart.js";
import { toPng } from "./svg/raster.js";

/** Where figures go: stdout, one file, or a folder with a file for each. */
export type Target =
  | { readonly kind: "stdout"; readonly format: Format }
  | { readonly kind: "file"; readonly path: string; readonly format: Format }
  | { readonly kind: "folder"; readonly path: string; readonly format: Format };

/**
 * What `-o` and `--format` mean together: "-" is stdout, a name that ends in .svg or .png is a file, any other a folder.
 * Throws SeglossError where they contradict each other.
 */
export function targetOf(output: string, format: Format | undefined): Target {
  if (output === "-") {
    return { kind: "stdout", format: format ?? "svg" };
  }
  const ending = extname(output).slice(1).toLowerCase();
  if (!formats.some((known) => known === ending) || isFolder(output)) {
    return { kind: "folder", path: output, format: format ?? "svg" };
  }
  if (format !== undefined && format !== ending) {
    throw new SeglossError(`-o ${escapeControls(output)} and --format ${format} contradict each other`, {
      exitCode: exitCode.usage,
    });
  }
  return { kind: "file", path: output, format: ending === "png" ? "png" : "svg" };
}

/** Writes a figure; gives the file's path, none for stdout. Throws SeglossError on disk errors. */
export async function writeFigure(target: Target, name: string, drawing: Chart): Promise<string | undefined> {
  const bytes = target.format === "png" ? toPng(drawing) : Buffer.from(drawing.svg);
  if (target.kind === "stdout") {
    await writeStdout(bytes);
    return undefined;
  }
  const path = target.kind === "file" ? target.path : join(target.path, `${name}.${target.format}`);
  writeWhole(path, bytes);
  return path;
}

/** Writes a file, and the folder that it goes into if there is none. Throws SeglossError on disk errors. */
export function writeWhole(path: string, bytes: Buffer): void {
  withFileErrors(
    path,
    () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    },
    exitCode.usage,
  );
}

/** Writes to stdout and waits until the reader has taken it. */
export function writeStdout(data: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(data, () => resolve());
  });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
