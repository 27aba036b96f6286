import { escapeControls } from "../../config/problems.js";
import { type ExitCode, exitCode, SeglossError } from "../../errors.js";

/** What the system's error codes mean, worded to follow a path and a colon. */
const meanings: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than is allowed",
  EROFS: "the disk is read-only",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOENT: "it or its folder does not exist",
  ENOTDIR: "it or part of its path is not a folder",
  EEXIST: "it exists and is not a folder",
  EISDIR: "it is a folder",
  ERR_FS_EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link, where none is allowed",
  EMLINK: "it is a symbolic link, where none is allowed",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open on this machine",
  EIO: "the disk reports an input/output error",
  ESTALE: "the network folder no longer exists",
  ENXIO: "the device does not exist",
  NOT_PLAIN: "it is not a plain file",
  TOO_LARGE: "it is larger than segloss reads",
};

/** Returns true for an error of the file system. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error && typeof error.code === "string";
}

/** Creates an error like those of the file system, for a file that may not be used. */
export function fileError(code: "EISDIR" | "NOT_PLAIN" | "TOO_LARGE", path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path, syscall: "open" });
}

/** Creates the error for a path that is not what it has to be (usage). */
export function pathError(path: string, reason: string): SeglossError {
  return new SeglossError(`${escapeControls(path)}: ${reason}`, { exitCode: exitCode.usage });
}

/** Returns a file system's error as a SeglossError that names the path, and any other error unchanged. */
export function toFileError(error: unknown, path: string, code: ExitCode = exitCode.runFailed): unknown {
  if (!isFileError(error)) {
    return error;
  }
  const meaning = meanings[error.code ?? ""] ?? error.message;
  return new SeglossError(`${escapeControls(path)}: ${meaning}`, { exitCode: code, cause: error });
}

/** Returns what `work` returns. Throws SeglossError, naming the path, where `work` throws a file system's error. */
export function withFileErrors<Result>(path: string, work: () => Result, code?: ExitCode): Result {
  try {
    return work();
  } catch (error) {
    throw toFileError(error, path, code);
  }
}
