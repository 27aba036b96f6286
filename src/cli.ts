#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { doctorCommand } from "./commands/doctor.js";
import { plotCommand } from "./commands/plot.js";
import { reportCommand } from "./commands/report.js";
import { runCommand } from "./commands/run.js";
import { sweepCommand } from "./commands/sweep.js";
import { escapeControls } from "./config/problems.js";
import { exitCode, SeglossError } from "./errors.js";
import { programVersion } from "./results/provenance.js";
import { hangUp } from "./terminal/hang-up.js";
import { printLine } from "./terminal/messages.js";

process.stdout.on("error", endQuietlyOnClosedPipe);
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => {
  tell(error);
  process.exit();
});

try {
  await program().parseAsync();
} catch (error) {
  tell(error);
}
if (process.exitCode === exitCode.hungUp) {
  hangUp();
}

function program(): Command {
  const root = new Command("segloss")
    .description(
      "Loss functions for semantic segmentation: trains small networks on thresholded random images and records, for every step, every loss and its gradient norm.",
    )
    .version(programVersion(), "-V, --version", "print the version")
    .option("--debug", "show where in the program an error comes from");
  for (const command of [sweepCommand(), runCommand(), plotCommand(), reportCommand(), doctorCommand()]) {
    root.addCommand(command);
  }
  for (const command of [root, ...root.commands]) {
    command.exitOverride().showSuggestionAfterError().configureHelp({ showGlobalOptions: true });
    command.configureOutput({ outputError: (text, write) => write(`segloss: ${usageMessage(text)}`) });
  }
  return root.addHelpText(
    "after",
    "\nExit codes: 0 ok; 1 a run failed; 2 usage or config; 3 no TensorFlow or device; 129, 130, 143 interrupted.",
  );
}

/** Says what went wrong and sets the exit code; only errors of the program itself are worth a stack. */
function tell(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    return;
  }
  const debug = process.argv.includes("--debug");
  const known = error instanceof SeglossError;
  process.exitCode = known ? error.exitCode : exitCode.runFailed;
  if (known && isClosedPipe(error.cause)) {
    process.exitCode = exitCode.ok;
  } else if (known) {
    printLine(`segloss: ${error.message}`);
  } else {
    printLine(
      `segloss: error in the program: ${escapeControls(String(error))}${debug ? "" : "; --debug shows where"}`,
    );
  }
  if (debug && error instanceof Error) {
    printLine(stackOf(error));
  }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}

/** `segloss run | head` has all it wants: no error, and nothing is left to be written. */
function endQuietlyOnClosedPipe(error: Error): void {
  if (isClosedPipe(error)) {
    process.exit(exitCode.ok);
  }
  printLine(`segloss: standard output: ${error.message}`);
  process.exit(exitCode.runFailed);
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

/** Commander's message as ours: what the user typed is quoted in it, so control characters are escaped. */
function usageMessage(text: string): string {
  return `${text
    .replace(/^error: /, "")
    .trimEnd()
    .split("\n")
    .map(escapeControls)
    .join("\n")}\n`;
}
