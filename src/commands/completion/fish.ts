import { shellLine } from "../../shell-line.js";
import type { CommandSpec, FlagSpec, ValueSpec } from "./spec.js";

/** Returns the completion script for fish. */
export function fishCompletion(commands: readonly CommandSpec[]): string {
  const names = commands.map(({ name }) => name);
  const noCommand = `not __fish_seen_subcommand_from ${names.join(" ")}`;
  return `${[
    "# fish completion for segloss",
    "complete -c segloss -f",
    ...commands.map(({ name, help }) => line(noCommand, ["-a", name, "-d", help])),
    ...commands.flatMap(commandLines),
  ].join("\n")}\n`;
}

function commandLines({ name, flags, argument }: CommandSpec): readonly string[] {
  const seen = `__fish_seen_subcommand_from ${name}`;
  const words = argument === undefined ? [] : [line(seen, valueWords(argument))];
  return [...flags.map((flag) => flagLine(seen, flag)), ...words];
}

function flagLine(seen: string, { names, help, value }: FlagSpec): string {
  const forms = names.flatMap((name) =>
    name.startsWith("--") ? ["-l", name.slice(2)] : ["-s", name.slice(1)],
  );
  const taken = value === undefined ? [] : ["-r", ...valueWords(value)];
  return line(seen, [...forms, ...taken, "-d", help]);
}

function line(condition: string, words: readonly string[]): string {
  return `complete -c segloss -n ${shellLine([condition, ...words])}`;
}

function valueWords(value: ValueSpec): readonly string[] {
  switch (value.kind) {
    case "words":
      return ["-f", "-a", value.words.join(" ")];
    case "list":
      return ["-f", "-a", `(__fish_append , ${value.words.join(" ")})`];
    case "config":
      return ["-F", "-a", value.words.join(" ")];
    case "file":
      return ["-F"];
    case "folder":
      return ["-f", "-a", "(__fish_complete_directories)"];
    case "other":
      return ["-f"];
  }
}
