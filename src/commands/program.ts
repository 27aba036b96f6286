import { Command } from "commander";
import { escapeControls } from "../config/problems.js";
import { programVersion } from "../results/provenance.js";
import { completionCommand } from "./completion/completion.js";
import { doctorCommand } from "./doctor.js";
import { exportCommand } from "./export.js";
import { initCommand } from "./init.js";
import { mergeCommand } from "./merge/merge.js";
import { plotCommand } from "./plot.js";
import { reportCommand } from "./report.js";
import { rerunCommandLine } from "./rerun.js";
import { runCommand } from "./run.js";
import { setupCommand } from "./setup.js";
import { showCommand } from "./show.js";
import { statusCommand } from "./status/status.js";
import { submitCommand } from "./submit/submit.js";
import { sweepCommand } from "./sweep/sweep.js";
import { watchCommand } from "./watch.js";

const exitCodes =
  "\nExit codes: 0 ok; 1 a run failed; 2 usage or config; 3 no TensorFlow or device; 129, 130, 143 interrupted.";

/** Creates the program with all its commands. It throws CommanderError where commander would end the process. */
export function createProgram(): Command {
  const program = new Command("segloss")
    .description(
      "Loss functions for semantic segmentation: trains small networks on thresholded random images and records, for every step, every loss and its gradient norm.",
    )
    .version(programVersion(), "-V, --version", "print the version")
    .option("--debug", "show where in the program an error comes from")
    .addHelpText("after", exitCodes);
  const commands = [
    sweepCommand(),
    submitCommand(),
    runCommand(),
    rerunCommandLine(),
    showCommand(),
    statusCommand(),
    watchCommand(),
    mergeCommand(),
    plotCommand(),
    reportCommand(),
    exportCommand(),
    initCommand(),
    doctorCommand(),
    setupCommand(),
    completionCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showSuggestionAfterError().configureHelp({ showGlobalOptions: true });
    command.configureOutput({ outputError: (text, write) => write(`segloss: ${usageMessage(text)}`) });
  }
  return program;
}

/** Returns commander's message in our form. It quotes what the user typed, so control characters are escaped. */
function usageMessage(text: string): string {
  const lines = text
    .replace(/^error: /, "")
    .trimEnd()
    .split("\n");
  return `${lines.map(escapeControls).join("\n")}\n`;
}
