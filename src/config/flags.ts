import { isMainKey } from "../study/row-layout.js";
import type { Cell, Run } from "../study/run.js";
import type { Config } from "./config.js";
import { hashConfig } from "./hash.js";
import {
  type ConfigKey,
  configKeys,
  flagOf,
  isListable,
  namesOf,
  parameterKeys,
  ruleOf,
  runNumber,
} from "./parameters.js";
import { allProblems, type Problem, type Problems, shown, wordProblem } from "./problems.js";
import { validateConfig } from "./validate.js";
import type { ValueType } from "./value-types.js";

/** A single run as flags describe it, with the hash of the config that contains only it. */
export interface RequestedRun {
  readonly run: Run;
  readonly configHash: string;
}

/** Flags by their keys: text, or true and false for a flag that is on or off. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Returns the run that the flags of `segloss run` describe, or every problem of them. */
export function parseRunFlags(flags: Flags): RequestedRun | Problems {
  const raw: Record<string, unknown> = {};
  for (const key of [...parameterKeys, "seed", "monitor", "perLayer", "metrics"] as const) {
    const text = flags[key];
    if (text !== undefined) {
      raw[key] = typeof text === "boolean" ? text : ruleOf(key).parse(text);
    }
  }
  const checked = validateConfig(raw, { flags: new Map(Object.keys(raw).map((key) => [key, flagOf(key)])) });
  const number = parseFlag("--run", flags.run ?? "0", runNumber);
  const columns = parseColumns(flags.columns);
  if ("problems" in checked || "problems" in number || "problems" in columns) {
    return { problems: allProblems(checked, number, columns) };
  }
  const { config } = checked;
  const { seed, monitor, perLayer, metrics } = config;
  const cell = Object.fromEntries(parameterKeys.map((key) => [key, config[key]])) as unknown as Cell;
  const recorded = { monitor, perLayer, metrics, columns: columns.keys };
  const run: Run = { cell, repetition: number.value, seed, ...recorded };
  const only: Config = { ...config, runs: 1 };
  return { run, configHash: hashConfig(only) };
}

/** Returns a flag's value, checked by its type, or its problem. */
export function parseFlag<Value>(
  place: string,
  text: string | boolean,
  { type, parse, allowed, words }: ValueType<Value>,
): { readonly value: Value } | Problems {
  const value = parse(String(text));
  const result = type.safeParse(value);
  if (result.success) {
    return { value: result.data };
  }
  return { problems: [wordProblem({ place, path: "", got: shown(value), allowed }, text, words)] };
}

/** A value that replaces one of a config file, unchecked. */
export interface Override {
  readonly key: ConfigKey;
  readonly value: unknown;
  /** The flag that it came from, for messages. */
  readonly flag: string;
}

/** Parses the texts of `--set`: `threshold=0.05,0.5` or `threshold=[0.05,0.5]` is a list, `steps=300` a single value. */
export function parseSetFlags(
  texts: readonly string[],
): { readonly overrides: readonly Override[] } | Problems {
  const parsed = texts.map(parseSetFlag);
  const problems = parsed.filter((found): found is Problem => "place" in found);
  return problems.length > 0 ? { problems } : { overrides: parsed as readonly Override[] };
}

function parseSetFlag(text: string): Override | Problem {
  const [, name = "", value = ""] = /^(.*?)=(.*)$/s.exec(text) ?? [];
  const problem = { place: "--set", path: "" };
  if (name === "") {
    return { ...problem, got: shown(text), allowed: "KEY=VALUE, or KEY=VALUE,VALUE,... for a list" };
  }
  const key = configKeys.find((known) => namesOf(known).includes(name.trim()));
  if (key === undefined) {
    const allowed = configKeys.join(", ");
    return wordProblem({ ...problem, got: `the key ${shown(name)}`, allowed }, name, configKeys);
  }
  return { key, value: parseSetValue(key, value.trim()), flag: `--set ${key}` };
}

function parseSetValue(key: ConfigKey, text: string): unknown {
  const { parse } = ruleOf(key);
  const [, bracketed] = /^\[(.*)\]$/s.exec(text) ?? [];
  const items = (bracketed ?? text).split(",").map((item) => parse(item.trim()));
  const isList = bracketed !== undefined || items.length > 1;
  return isList && isListable(key) ? items.flat() : parse(text);
}

/** Parses `--columns`: parameters other than the main ones, by any of their names. */
function parseColumns(
  text: string | boolean | undefined,
): { readonly keys: readonly (keyof Cell)[] } | Problems {
  const names = text === undefined ? [] : String(text).split(",");
  const further = parameterKeys.filter((key) => !isMainKey(key));
  const keyOf = (name: string) => further.find((key) => namesOf(key).includes(name.trim()));
  const problems = names
    .filter((name) => keyOf(name) === undefined)
    .map((name) => {
      const problem = { place: "--columns", path: "", got: shown(name), allowed: further.join(", ") };
      return wordProblem(problem, name, further);
    });
  if (problems.length > 0) {
    return { problems };
  }
  const keys = new Set(names.map(keyOf));
  return { keys: further.filter((key) => keys.has(key)) };
}
