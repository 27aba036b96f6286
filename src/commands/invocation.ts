import { basename, relative } from "node:path";
import { shellLine } from "../config/rerun-command.js";

/** The command line as a record keeps it: "segloss" and the words after it. */
export function recordedCommand(): string {
  return shellLine(["segloss", ...process.argv.slice(2)]);
}

/** The command line that goes on with this sweep, to be typed as it stands in the same folder. */
export function resumeCommand(): string {
  const words = process.argv.slice(2).filter((word) => word !== "--rerun");
  return shellLine([...program(), ...words]);
}

/** How the program was called: by npx, by its name, or by its file. */
function program(): readonly string[] {
  const { npm_command: npm } = process.env;
  if (npm === "exec") {
    return ["npx", "segloss"];
  }
  const [, file = "segloss"] = process.argv;
  return basename(file) === "segloss" ? ["segloss"] : ["node", ...process.execArgv, relative("", file)];
}
