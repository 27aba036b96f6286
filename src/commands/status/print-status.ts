// Apart from the command, so that the other commands load without it.
import { type ExitCode, exitCode } from "../../errors.js";
import { readSweepStatus } from "../../results/status/read-status.js";
import { printLine } from "../../terminal/messages.js";
import { formatStatus } from "./format-status.js";
import { statusJson } from "./status-json.js";
import { mixWarnings, nextCommands } from "./status-messages.js";

/** Prints how far a sweep is on stdout; warnings, and what to type next, on stderr. */
export async function printStatus(folder: string, asJson: boolean): Promise<ExitCode> {
  const status = await readSweepStatus(folder);
  process.stdout.write(
    asJson ? `${JSON.stringify(statusJson(status), undefined, 2)}\n` : formatStatus(status),
  );
  if (!asJson) {
    for (const warning of mixWarnings(status.mixes)) {
      printLine(`warning: ${warning}`);
    }
    nextCommands(status).forEach(printLine);
  }
  return status.total.counts.complete === status.total.runs ? exitCode.ok : exitCode.runFailed;
}
