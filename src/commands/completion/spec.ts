import type { Command, Option } from "commander";
import { configKeys, flagOf, parameterKeys, ruleOf } from "../../config/parameters.js";
import { figureKinds } from "../../figures/options.js";
import { shippedConfigs } from "../../installation.js";

// What the three shells are told, read off the commands themselves, so that it cannot fall behind them.

/** What may stand in the place of a value. */
export type ValueSpec =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** Words separated by commas. */
  | { readonly kind: "list"; readonly words: readonly string[] }
  | { readonly kind: "file" }
  | { readonly kind: "folder" }
  /** A config: a file, the folder of a sweep, or one of these names. */
  | { readonly kind: "config"; readonly words: readonly string[] }
  /** A number or the like: nothing can be proposed. */
  | { readonly kind: "other" };

/** A flag of a command. */
export interface FlagSpec {
  /** All its forms: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly help: string;
  /** Undefined if the flag takes no value. */
  readonly value: ValueSpec | undefined;
}

/** A command. */
export interface CommandSpec {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly FlagSpec[];
  /** What its arguments are; undefined if it takes none. */
  readonly argument: ValueSpec | undefined;
}

/** Returns what can be completed of a program. */
export function completionSpec(program: Command): readonly CommandSpec[] {
  const help = program.createHelp();
  return help
    .visibleCommands(program)
    .filter((command) => command.name() !== "help")
    .map((command) => ({
      name: command.name(),
      help: command.summary() || command.description(),
      flags: [...help.visibleOptions(command), ...help.visibleOptions(program).filter(isGlobal)].map(
        flagSpec,
      ),
      argument: argumentSpec(command),
    }));
}

/** The flags of the program that every command has too; the rest only make sense without a command. */
function isGlobal({ long }: Option): boolean {
  return long === "--debug";
}

function flagSpec(option: Option): FlagSpec {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const [, placeholder] = /[<[](.*)[>\]]/.exec(option.flags) ?? [];
  const value = placeholder === undefined ? undefined : valueSpec(placeholder, option.long ?? "");
  return { names, help: option.description, value };
}

function argumentSpec(command: Command): ValueSpec | undefined {
  const [first] = command.registeredArguments;
  if (first === undefined) {
    return undefined;
  }
  if (first.argChoices !== undefined) {
    return { kind: "words", words: first.argChoices };
  }
  return first.name() === "config"
    ? { kind: "config", words: shippedConfigs() }
    : { kind: first.name() === "DIR" ? "folder" : "file" };
}

/** Returns what a flag's placeholder stands for: `DIR`, `FILE|-`, `auto|cpu|gpu`, `name,...`, `KEY=VALUE`, `N`. */
function valueSpec(placeholder: string, flag: string): ValueSpec {
  if (/\bFILE\b/.test(placeholder)) {
    return { kind: "file" };
  }
  if (/\bDIR\b/.test(placeholder)) {
    return { kind: "folder" };
  }
  if (placeholder.startsWith("KEY=VALUE")) {
    return { kind: "list", words: configKeys.map((key) => `${key}=`) };
  }
  const key = configKeys.find((name) => flagOf(name) === flag);
  const words = key === undefined ? [] : ruleOf(key).words;
  if (words.length > 0) {
    return { kind: placeholder.endsWith(",...") ? "list" : "words", words };
  }
  const lists: Readonly<Record<string, readonly string[]>> = {
    "key,...": parameterKeys,
    "kind,...": figureKinds,
  };
  const listed = lists[placeholder];
  if (listed !== undefined) {
    return { kind: "list", words: listed };
  }
  const alternatives = placeholder.split("|").filter((word) => /^[a-z]+$/.test(word));
  return alternatives.length > 0 ? { kind: "words", words: alternatives } : { kind: "other" };
}
