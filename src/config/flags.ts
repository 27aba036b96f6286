import type { Cell, Run } from "../study/run.js";
import type { Config } from "./config.js";
import { hashConfig } from "./hash.js";
import { isMainKey, namesOf, parameterKeys, ruleOf, runNumber } from "./parameters.js";
import { type Problems, shown, wordProblem } from "./problems.js";
import { validateConfig } from "./validate.js";
import type { ValueType } from "./value-types.js";

/** A single run as flags say it, with the hash of the config that holds only it. */
export interface RequestedRun {
  readonly run: Run;
  readonly configHash: string;
}

/** Flags by their keys: text, or true and false for a flag that is on or off. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** The run that the flags of `segloss run` ask for, or every problem of them. */
export function parseRunFlags(flags: Flags): RequestedRun | Problems {
  const raw: Record<string, unknown> = {};
  for (const key of [...parameterKeys, "seed", "monitor", "perLayer"] as const) {
    const text = flags[key];
    if (text !== undefined) {
      raw[key] = typeof text === "boolean" ? text : ruleOf(key).parse(text);
    }
  }
  const checked = validateConfig(raw, { flags: new Set(Object.keys(raw)) });
  const number = parseFlag("--run", flags.run ?? "0", runNumber);
  const columns = parseColumns(flags.columns);
  const problems = [checked, number, columns].flatMap((part) => ("problems" in part ? part.problems : []));
  if ("problems" in checked || "problems" in number || "problems" in columns) {
    return { problems };
  }
  const { config } = checked;
  const { seed, monitor, perLayer } = config;
  const run: Run = {
    cell: cellOf(config),
    repetition: number.value,
    seed,
    monitor,
    perLayer,
    columns: columns.keys,
  };
  return { run, configHash: hashConfig({ ...config, runs: 1 }) };
}

/** A flag's value, checked by its kind. */
export function parseFlag<Value>(
  place: string,
  text: string | boolean,
  kind: ValueType<Value>,
): { readonly value: Value } | Problems {
  const result = kind.type.safeParse(kind.parse(String(text)));
  if (result.success) {
    return { value: result.data };
  }
  const problem = { place, path: "", got: shown(kind.parse(String(text))), allowed: kind.allowed };
  return { problems: [wordProblem(problem, text, kind.words)] };
}

function cellOf(config: Config): Cell {
  return Object.fromEntries(parameterKeys.map((key) => [key, config[key]])) as unknown as Cell;
}

function parseColumns(
  text: string | boolean | undefined,
): { readonly keys: readonly (keyof Cell)[] } | Problems {
  const names = text === undefined ? [] : String(text).split(",");
  const further = parameterKeys.filter((key) => !isMainKey(key));
  const keyOf = (name: string) => further.find((key) => namesOf(key).includes(name.trim()));
  const problems = names
    .filter((name) => keyOf(name) === undefined)
    .map((name) =>
      wordProblem(
        { place: "--columns", path: "", got: shown(name), allowed: further.join(", ") },
        name,
        further,
      ),
    );
  if (problems.length > 0) {
    return { problems };
  }
  const keys = new Set(names.map(keyOf));
  return { keys: further.filter((key) => keys.has(key)) };
}
