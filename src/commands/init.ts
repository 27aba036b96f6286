import { existsSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { exitCode, SeglossError } from "../errors.js";
import { packageRoot, schemaFile, seglossCommandLine } from "../installation.js";
import { withFileErrors } from "../results/fs/errors.js";
import { shellLine } from "../shell-line.js";
import { printLine } from "../terminal/messages.js";

/** Creates the command `segloss init`, which writes a config to start from. */
export function initCommand(): Command {
  return new Command("init")
    .summary("write an example config")
    .description(
      "Writes an example config, NAME.json, to start from. Editors that know JSON schemas complete and check its keys. An existing file is left alone.",
    )
    .argument("[name]", "name or path of the config", "sweep")
    .action((name: string) => {
      const file = /\.json$/i.test(name) ? name : `${name}.json`;
      if (existsSync(file)) {
        throw new SeglossError(
          `${file} exists already: give another name, as in "${seglossCommandLine("init", "NAME")}"`,
          {
            exitCode: exitCode.usage,
          },
        );
      }
      const text = `${JSON.stringify(exampleConfig(file), undefined, 2)}\n`;
      withFileErrors(file, () => writeFileSync(file, text, { flag: "wx" }));
      const words = shellLine([file]);
      printLine(`${file} is written. To list its runs: ${seglossCommandLine("sweep", words, "--dry-run")}`);
    });
}

/** Returns a config with two axes and two repetitions, 12 runs. */
export function exampleConfig(file: string): object {
  return {
    $schema: schemaReference(file),
    description: "what this sweep is for",
    optimizer: "adam",
    batchNorm: true,
    threshold: [0.05, 0.5],
    loss: ["cce", "dicefg", "dice"],
    runs: 2,
    steps: 3001,
    seed: 1,
  };
}

/**
 * Within a clone the path is relative, so that the config can be committed; elsewhere it is a file URL, which
 * editors resolve too.
 */
function schemaReference(file: string): string {
  const path = resolve(file);
  return path.startsWith(packageRoot)
    ? `./${relative(dirname(path), schemaFile).split(sep).join("/")}`.replace(/^\.\/\.\.\//, "../")
    : pathToFileURL(schemaFile).href;
}
