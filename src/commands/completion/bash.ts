import { shellLine } from "../../shell-line.js";
import type { CommandSpec, FlagSpec, ValueSpec } from "./spec.js";

/** Returns the completion script for bash. It needs no helper package and starts no process of the program. */
export function bashCompletion(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion for segloss
_segloss() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  compopt +o nospace 2>/dev/null
  if ((COMP_CWORD == 1)); then
    _segloss_words ${shellLine([[...names, "--help", "--version"].join(" ")])}
    return
  fi
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}

_segloss_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }

_segloss_list() {
  local before=
  [[ $current == *,* ]] && before=\${current%,*},
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "\${current##*,}"))
  compopt -o nospace 2>/dev/null
}

_segloss_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY+=($(compgen "$1" -- "$current"))
}

complete -F _segloss segloss
`;
}

function commandCase({ name, flags, argument }: CommandSpec): string {
  const valued = flags.filter(({ value }) => value !== undefined && value.kind !== "other");
  const unknown = flags.filter(({ value }) => value?.kind === "other");
  const all = flags.flatMap(({ names }) => names);
  return `    ${name})
      case $previous in
${valued.map(flagCase).join("\n")}${valued.length > 0 ? "\n" : ""}${
  unknown.length > 0 ? `        ${patterns(unknown)}) return ;;\n` : ""
}      esac
      if [[ $current == -* ]]; then
        _segloss_words ${shellLine([all.join(" ")])}
      else
        ${argument === undefined ? ":" : action(argument)}
      fi
      ;;`;
}

function flagCase({ names, value }: FlagSpec): string {
  return `        ${names.join("|")}) ${value === undefined ? "" : action(value)}; return ;;`;
}

function patterns(flags: readonly FlagSpec[]): string {
  return flags.flatMap(({ names }) => names).join("|");
}

function action(value: ValueSpec): string {
  switch (value.kind) {
    case "words":
      return `_segloss_words ${shellLine([value.words.join(" ")])}`;
    case "list":
      return `_segloss_list ${shellLine([value.words.join(" ")])}`;
    case "config":
      return `_segloss_words ${shellLine([value.words.join(" ")])}; _segloss_files -f`;
    case "file":
      return "_segloss_files -f";
    case "folder":
      return "_segloss_files -d";
    case "other":
      return ":";
  }
}
