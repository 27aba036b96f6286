import { once } from "node:events";
import { accessSync, closeSync, constants, openSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "../config/problems.js";
import type { Run } from "../study/run.js";
import { csvLine, header } from "./columns.js";
import { createCsv } from "./csv-writer.js";
import { writeAll } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";

/** Where a single run's CSV goes: stdout, a file that has a partial name until it is complete, or a device. */
export interface RunOutput {
  /** Appends complete rows. Waits while a reader of stdout is slower than the training. */
  readonly append: (rows: string) => Promise<void>;
  readonly finish: () => Promise<void>;
  /** Removes what was written to a file. */
  readonly abandon: () => void;
}

/** Starts writing to "-" (stdout), a file or a device, and writes the header. Throws SeglossError on disk errors. */
export async function createRunOutput(target: string, run: Run): Promise<RunOutput> {
  if (target === "-") {
    return stdoutOutput(run);
  }
  return isSpecialFile(target) ? deviceOutput(target, run) : fileOutput(target, run);
}

/** Returns why a target cannot be written, undefined if it can. Finds out without writing to it. */
export function findOutputProblem(target: string): Problem | undefined {
  if (target === "-") {
    return undefined;
  }
  const problem = (got: string) => ({
    place: "--output",
    path: "",
    got,
    allowed: `"-" for stdout, or a file that can be written`,
  });
  if (target === "") {
    return problem("an empty name");
  }
  try {
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
      return problem("a folder");
    }
    if (!statSync(dirname(target)).isDirectory()) {
      return problem(notInFolder);
    }
    accessSync(isSpecialFile(target) ? target : dirname(target), constants.W_OK);
    return undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      return problem(reasons[String(error.code)] ?? `a file that cannot be written (${error.code})`);
    }
    throw error;
  }
}

const notInFolder = "a file in something that is not a folder";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "a file in a folder that does not exist",
  ENOTDIR: notInFolder,
  EACCES: "a file in a folder that is not writable",
  EROFS: "a file on a read-only disk",
  ERR_INVALID_ARG_VALUE: "a name with a NUL character",
};

async function stdoutOutput(run: Run): Promise<RunOutput> {
  const append = async (rows: string) => {
    if (!process.stdout.write(rows)) {
      await once(process.stdout, "drain");
    }
  };
  await append(csvLine(header(run)));
  return { append, finish: async () => {}, abandon() {} };
}

function fileOutput(target: string, run: Run): RunOutput {
  const writer = createCsv(realPathIfAny(target), run);
  return {
    append: async (rows) => writer.append(rows),
    finish: async () => {
      writer.finish();
    },
    abandon: writer.abandon,
  };
}

/** A device or a named pipe cannot be renamed: rows are written to it directly. */
function deviceOutput(target: string, run: Run): RunOutput {
  const descriptor = withFileErrors(target, () => openSync(target, "w"));
  const write = (rows: string) => withFileErrors(target, () => writeAll(descriptor, Buffer.from(rows)));
  const close = () => closeSync(descriptor);
  try {
    write(csvLine(header(run)));
  } catch (error) {
    close();
    throw error;
  }
  return { append: async (rows) => write(rows), finish: async () => close(), abandon: close };
}

function isSpecialFile(target: string): boolean {
  const stats = statSync(target, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile();
}

/** Follows a link that the user names, as other programs do. */
function realPathIfAny(target: string): string {
  try {
    return realpathSync(target);
  } catch (error) {
    if (isFileError(error)) {
      return target;
    }
    throw error;
  }
}
