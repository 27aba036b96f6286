import type { Command } from "commander";
import { createProgram } from "../../src/commands/program.js";

const columns = 100;

/** Returns what `--help` prints for the program and for each of its commands, each as a section in Markdown. */
export function commandHelp(): string {
  const program = createProgram();
  return [program, ...program.commands].map(helpSection).join("\n\n");
}

function helpSection(command: Command): string {
  let text = "";
  command.configureOutput({
    getOutHelpWidth: () => columns,
    getOutHasColors: () => false,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  const name = command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
  return `## ${name}\n\n\`\`\`\n${text.trimEnd()}\n\`\`\``;
}
