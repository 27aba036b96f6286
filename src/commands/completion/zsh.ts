import type { CommandSpec, FlagSpec, ValueSpec } from "./spec.js";

/** Returns the completion script for zsh: a function for `_arguments`, which zsh's completion system calls. */
export function zshCompletion(commands: readonly CommandSpec[]): string {
  return `#compdef segloss
# zsh completion for segloss
_segloss() {
  local -a commands
  commands=(
${commands.map(({ name, help }) => `    ${quoted(`${name}:${plain(help)}`)}`).join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe -t commands 'segloss command' commands
    return
  fi
  case $words[2] in
${commands.map(commandCase).join("\n")}
  esac
}

_segloss_config() { _alternative "configs:shipped config:($1)" 'files:config file:_files' }

# From a file in $fpath this is the completion itself; with "source" it has to be registered.
if [[ $funcstack[1] == _segloss ]]; then _segloss "$@"; else compdef _segloss segloss; fi
`;
}

function commandCase({ name, flags, argument }: CommandSpec): string {
  const specs = flags.map(flagLine);
  const rest = argument === undefined ? [] : [quoted(`*:argument:${action(argument)}`)];
  return `    ${name})
      shift words; ((CURRENT--))
      _arguments -s \\
${[...specs, ...rest].map((line) => `        ${line}`).join(" \\\n")}
      ;;`;
}

/** One form excludes the others; a list in braces gives all of them the same text. */
function flagLine({ names, help, value }: FlagSpec): string {
  const repeatable = value?.kind === "list" ? "*" : "";
  const forms = names.length > 1 ? `{${names.join(",")}}` : (names[0] ?? "");
  const exclusion = names.length > 1 ? quoted(`(${names.join(" ")})`) : "";
  const text = `[${plain(help)}]${value === undefined ? "" : `:value:${action(value)}`}`;
  return `${exclusion}${repeatable === "" ? "" : quoted(repeatable)}${forms}${quoted(text)}`;
}

function action(value: ValueSpec): string {
  switch (value.kind) {
    case "words":
      return `(${value.words.join(" ")})`;
    case "list":
      return `_values -s , value ${value.words.map((word) => word.replace(/=$/, "")).join(" ")}`;
    case "config":
      // After a space, _arguments calls a function with these words alone.
      return ` _segloss_config "${value.words.join(" ")}"`;
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "other":
      return " ";
  }
}

/** Brackets and colons end a text of _arguments. */
function plain(help: string): string {
  return help.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
