import { once } from "node:events";
import { accessSync, closeSync, constants, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "../config/problems.js";
import type { Run } from "../study/run.js";
import { csvLine, header } from "./columns.js";
import { createCsv } from "./csv-writer.js";
import { lstatIfAny } from "./fs/contents.js";
import { writeAll } from "./fs/durable.js";
import { withFileErrors } from "./fs/errors.js";
import { refuseUnlessPlainFile, specialKind } from "./fs/guarded-write.js";

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
  return isDevice(target) ? deviceOutput(target, run) : fileOutput(target, run);
}

/** Returns why the target of a flag cannot be written, undefined if it can. Finds out without writing to it. */
export function findOutputProblem(place: string, target: string): Problem | undefined {
  if (target === "-") {
    return undefined;
  }
  const problem = (got: string) => ({
    place,
    path: "",
    got,
    allowed: `"-" for stdout, or a plain file that can be written`,
  });
  if (target === "") {
    return problem("an empty name");
  }
  try {
    const kind = specialKind(target);
    if (kind !== undefined && !isDevice(target)) {
      return problem(kind);
    }
    if (!statSync(dirname(target)).isDirectory()) {
      return problem(notInFolder);
    }
    accessSync(isDevice(target) ? target : dirname(target), constants.W_OK);
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
  refuseUnlessPlainFile(target);
  const writer = createCsv(target, run);
  return {
    append: async (rows) => writer.append(rows),
    finish: async () => {
      writer.finish();
    },
    abandon: writer.abandon,
  };
}

/** A device cannot be renamed: rows are written to it directly. */
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

/** Returns true for a character device such as /dev/null. Pipes, sockets and disks are not written. */
function isDevice(target: string): boolean {
  return lstatIfAny(target)?.isCharacterDevice() ?? false;
}
