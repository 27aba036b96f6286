import { CommanderError } from "commander";
import { createProgram } from "./commands/program.js";
import { escapeControls } from "./config/problems.js";
import { exitCode, SeglossError } from "./errors.js";
import { printLine } from "./terminal/messages.js";
import { hangUp } from "./terminal/signals.js";

process.stdout.on("error", endOnBrokenStdout);
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => {
  reportError(error);
  process.exit();
});

const lastWordsMs = 500;

try {
  await createProgram().parseAsync();
} catch (error) {
  reportError(error);
}
if (process.exitCode === exitCode.hungUp) {
  hangUp();
}
if (Number(process.exitCode) > exitCode.hungUp) {
  // A reader of the last line that is slow must not hold up a program that a signal has asked to end.
  setTimeout(() => process.exit(), lastWordsMs).unref();
}

/** Prints an error and sets the exit code. A stack is printed with --debug only. */
function reportError(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    return;
  }
  const isKnown = error instanceof SeglossError;
  const isDebug = process.argv.includes("--debug");
  process.exitCode = isKnown ? error.exitCode : exitCode.runFailed;
  if (isKnown && isClosedPipe(error.cause)) {
    process.exitCode = exitCode.ok;
  } else if (isKnown) {
    printLine(`segloss: ${error.message}`);
  } else {
    const hint = isDebug ? "" : "; --debug shows where";
    printLine(`segloss: error in the program: ${escapeControls(String(error))}${hint}`);
  }
  if (isDebug && error instanceof Error) {
    printLine(stackOf(error));
  }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

/** Ends the program. A reader that has read enough, as in `segloss run | head`, is not an error. */
function endOnBrokenStdout(error: Error): void {
  if (isClosedPipe(error)) {
    process.exit(exitCode.ok);
  }
  printLine(`segloss: standard output: ${error.message}`);
  process.exit(exitCode.runFailed);
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}
