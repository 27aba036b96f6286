import { Argument, Command } from "commander";
import { asTyped } from "../options.js";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { completionSpec } from "./spec.js";
import { zshCompletion } from "./zsh.js";

// Written here: the libraries for completion either start the program at every press of Tab, or (@bomb.sh/tab) propose no
// files, which most arguments of segloss are.

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
type Shell = keyof typeof scripts;

const examples = `
To have it in every new shell:
  bash: segloss completion bash > ~/.local/share/bash-completion/completions/segloss
  zsh:  segloss completion zsh > ~/.zfunc/_segloss      with fpath+=~/.zfunc before compinit in ~/.zshrc
  fish: segloss completion fish > ~/.config/fish/completions/segloss.fish

For the current one, in bash and zsh: source <(segloss completion bash)`;

/** Creates the command `segloss completion`, which prints a shell's completion script. */
export function completionCommand(): Command {
  const command = new Command("completion")
    .summary("print a completion script for a shell")
    .description(
      "Prints a script that completes commands, flags and their values, shipped configs, files and folders.",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(scripts)))
    .addHelpText("after", asTyped(examples));
  return command.action((shell: Shell) => {
    process.stdout.write(scripts[shell](completionSpec(command.parent ?? command)));
  });
}
