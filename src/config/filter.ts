import type { Cell, Run } from "../study/run.js";
import type { Config } from "./config.js";
import { columnOf, parameterKeys, parameters, runNumber, separated } from "./parameters.js";
import { type Problem, type Problems, shown, wordProblem } from "./problems.js";

/** The values that are asked for, by key; a key that is not named may have any. */
export type RunFilter = ReadonlyMap<keyof Cell | "run", readonly unknown[]>;

/** Reads `--only loss=dice,loss=cce,optimizer=adam`: alternatives of one key, and all keys together.
 * Without a config, which may be wrong itself, the keys are checked but not the values. */
export function parseRunFilter(
  texts: readonly string[],
  config: Config | undefined,
): { readonly choice: RunFilter } | Problems {
  const choice = new Map<keyof Cell | "run", unknown[]>();
  const problems: Problem[] = [];
  for (const term of texts.flatMap((text) => text.split(","))) {
    const found = parseTerm(term, config);
    if ("place" in found) {
      problems.push(found);
    } else {
      choice.set(found.key, [...(choice.get(found.key) ?? []), found.value]);
    }
  }
  return problems.length > 0 ? { problems } : { choice };
}

/** Whether a run is among those asked for. */
export function matchesFilter(run: Run, choice: RunFilter): boolean {
  return [...choice].every(([key, values]) =>
    values.includes(key === "run" ? run.repetition : run.cell[key]),
  );
}

function parseTerm(
  term: string,
  config: Config | undefined,
): { readonly key: keyof Cell | "run"; readonly value: unknown } | Problem {
  const place = "--only";
  const equals = term.indexOf("=");
  if (equals < 0) {
    return { place, path: "", got: shown(term), allowed: "KEY=VALUE, several parted by commas" };
  }
  const name = term.slice(0, equals).trim();
  const text = term.slice(equals + 1).trim();
  const key = keyNamed(name);
  if (key === undefined) {
    const keys = [...parameterKeys, "run"];
    return wordProblem(
      { place, path: "", got: `the key ${shown(name)}`, allowed: keys.join(", ") },
      name,
      keys,
    );
  }
  const value = (key === "run" ? runNumber : parameters[key]).parse(text);
  const values = config === undefined ? undefined : valuesOf(config, key);
  if (values === undefined || values.some((known) => known === value)) {
    return { key, value };
  }
  const allowed = `${values.slice(0, 50).join(", ")}${values.length > 50 ? ", …" : ""}, as in the sweep`;
  return wordProblem({ place, path: key, got: shown(text), allowed }, text, values.map(String));
}

function valuesOf(config: Config, key: keyof Cell | "run"): readonly unknown[] {
  return key === "run" ? Array.from({ length: config.runs }, (_, run) => run) : [config[key]].flat();
}

/** A key by any of its names: as in a config, as a flag or as a column. */
function keyNamed(name: string): keyof Cell | "run" | undefined {
  if (name === "run") {
    return "run";
  }
  return parameterKeys.find((key) => [key, separated(key, "-"), columnOf(key)].includes(name));
}
