import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exitCode } from "../../errors.js";
import { withFileErrors } from "../../results/fs/errors.js";
import { csvFileName, partialName, recordFileName, repetitionOf } from "../../results/paths.js";

/** The files of a run in a folder of a cell. */
export interface ListedRun {
  readonly folder: string;
  readonly repetition: number;
  readonly hasCsv: boolean;
  readonly hasRecord: boolean;
  /** True if the CSV is still being written. */
  readonly hasPartial: boolean;
}

/** Returns the path of a listed run's CSV. */
export function csvPath({ folder, repetition }: ListedRun): string {
  return join(folder, csvFileName(repetition));
}

/** Lists the runs in a folder and in its sub-folders, by repetition and cell. */
export function listRuns(folder: string): readonly ListedRun[] {
  const entries = withFileErrors(folder, () => readdirSync(folder, { withFileTypes: true }), exitCode.usage);
  const cells = entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  return [
    ...runsNamed(folder, names),
    ...cells.flatMap((cell) =>
      runsNamed(
        cell,
        withFileErrors(cell, () => readdirSync(cell), exitCode.usage),
      ),
    ),
  ].toSorted((a, b) => a.repetition - b.repetition || (a.folder < b.folder ? -1 : 1));
}

function runsNamed(folder: string, names: readonly string[]): readonly ListedRun[] {
  const present = new Set(names);
  const repetitions = new Set(names.flatMap((name) => repetitionOf(name) ?? []));
  return [...repetitions].map((repetition) => ({
    folder,
    repetition,
    hasCsv: present.has(csvFileName(repetition)),
    hasRecord: present.has(recordFileName(repetition)),
    hasPartial: present.has(partialName(csvFileName(repetition))),
  }));
}
