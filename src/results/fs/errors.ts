import { escapeControls } from "../../config/problems.js";
import { type ExitCode, exitCode, SeglossError } from "../../errors.js";

/** What went wrong, by the system's error code, to follow the path. */
const meanings: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than is allowed",
  EROFS: "the disk is read-only",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOENT: "it or its folder is gone",
  ENOTDIR: "it or part of its path is not a folder",
  EEXIST: "it is there and is not a folder",
  EISDIR: "it is a folder",
  ERR_FS_EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link where none may be",
  EMLINK: "it is a symbolic link where none may be",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open on this machine",
  EIO: "the disk reports an input/output error",
  ESTALE: "the network folder is gone",
  ENXIO: "the device is not there",
};

/** Whether an error is one of the file system's own. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error && typeof error.code === "string";
}

/** A file system's error as a plain message that names the path; any other error as it is. */
export function toFileError(error: unknown, path: string, code: ExitCode = exitCode.runFailed): unknown {
  if (!isFileError(error)) {
    return error;
  }
  const meaning = meanings[error.code ?? ""] ?? error.message;
  return new SeglossError(`${escapeControls(path)}: ${meaning}`, { exitCode: code, cause: error });
}

/** Does something with a path; the file system's errors become plain messages. */
export function withFileErrors<Result>(path: string, work: () => Result, code?: ExitCode): Result {
  try {
    return work();
  } catch (error) {
    throw toFileError(error, path, code);
  }
}
