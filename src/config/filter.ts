import type { Cell, Run } from "../study/run.js";
import { type Config, valuesOf } from "./config.js";
import { namesOf, parameterKeys } from "./parameters.js";
import { type Problem, type Problems, shown, wordProblem } from "./problems.js";

// --only: the one parser, for sweeps as for CSVs. Values are compared as text, or as numbers where both are numbers,
// so that it needs to know nothing of the parameters.

/** A key that may be filtered by. */
export interface FilterKey {
  /** What it is called in the filter. */
  readonly key: string;
  /** Every name it goes by on the command line, `key` not included. */
  readonly names: readonly string[];
  /** The values that there are; absent where they are not known. */
  readonly values?: readonly string[] | undefined;
}

/** What there is to filter. */
export interface FilterSpace {
  readonly keys: readonly FilterKey[];
  /** Where the values stand, for messages: "in the sweep". */
  readonly place: string;
}

const operators = ["!=", "<=", ">=", "=", "<", ">"] as const;
type Operator = (typeof operators)[number];

interface Condition {
  readonly key: string;
  readonly operator: Operator;
  readonly value: string;
}

/** Conditions on runs. Those of one key by "=" are alternatives; otherwise all of them have to hold. */
export type RunFilter = readonly Condition[];

/** Parses the texts of `--only`, such as `loss=dice,loss=cce,threshold<0.5`, or returns every problem of them. */
export function parseRunFilter(
  texts: readonly string[],
  space: FilterSpace,
): { readonly filter: RunFilter } | Problems {
  const parsed = texts.flatMap((text) => text.split(",")).map((term) => parseTerm(term, space));
  const problems = parsed.filter((term): term is Problem => "place" in term);
  return problems.length > 0 ? { problems } : { filter: parsed as readonly Condition[] };
}

/** Returns whether a run, given by the text of each of its values, fulfills a filter. */
export function matchesFilter(filter: RunFilter, textOf: (key: string) => string): boolean {
  return filter.every(({ key, operator, value }) => {
    if (operator !== "=") {
      return compares(textOf(key), operator, value);
    }
    const alternatives = filter.filter((other) => other.operator === "=" && other.key === key);
    return alternatives.some((other) => isSame(textOf(key), other.value));
  });
}

/** Returns the runs that fulfill a filter. */
export function filterRuns(runs: readonly Run[], filter: RunFilter): readonly Run[] {
  return runs.filter((run) => matchesFilter(filter, (key) => filterValue(run, key)));
}

/** Returns what a config's runs can be filtered by. Without a config, which may be wrong itself, any value is accepted. */
export function filterSpace(config: Config | undefined): FilterSpace {
  const parameters = parameterKeys.map((key) => ({
    key,
    names: namesOf(key),
    values: config && valuesOf(config, key).map(String),
  }));
  const runs = config && Array.from({ length: config.runs }, (_, repetition) => String(repetition));
  return { keys: [...parameters, { key: "run", names: [], values: runs }], place: "in the sweep" };
}

/** Returns a run's value of a key of filterSpace(), as text. */
export function filterValue({ cell, repetition }: Run, key: string): string {
  return String(key === "run" ? repetition : cell[key as keyof Cell]);
}

function parseTerm(term: string, { keys, place }: FilterSpace): Condition | Problem {
  const problem = (got: string, allowed: string, path = "") => ({ place: "--only", path, got, allowed });
  const [, name = "", operator = "", value = ""] = /^(.*?)(!=|<=|>=|=|<|>)(.*)$/s.exec(term) ?? [];
  if (operator === "") {
    const allowed = `KEY=VALUE, or with one of ${operators.join(" ")}; several separated by commas`;
    return problem(shown(term), allowed);
  }
  const key = keys.find((known) => [known.key, ...known.names].includes(name.trim()));
  if (key === undefined) {
    const words = keys.map((known) => known.key);
    return wordProblem(problem(`the key ${shown(name.trim())}`, words.join(", ")), name, words);
  }
  const condition = { key: key.key, operator: operator as Operator, value: value.trim() };
  if (operator === "=" || operator === "!=") {
    return checkValue(condition, key.values, place) ?? condition;
  }
  return isNumber(condition.value) ? condition : problem(shown(condition.value), "a number", key.key);
}

/** Returns the problem of a value that no run has. */
function checkValue(
  { key, value }: Condition,
  values: readonly string[] | undefined,
  place: string,
): Problem | undefined {
  if (values === undefined ? value !== "" : values.some((known) => isSame(known, value))) {
    return undefined;
  }
  const list = (values ?? []).slice(0, 50).join(", ");
  const allowed = values === undefined ? "a value" : `${list}${values.length > 50 ? ", …" : ""}, as ${place}`;
  return wordProblem({ place: "--only", path: key, got: shown(value), allowed }, value, values ?? []);
}

function isSame(one: string, other: string): boolean {
  return one === other || (isNumber(one) && isNumber(other) && Number(one) === Number(other));
}

function compares(value: string, operator: Exclude<Operator, "=">, limit: string): boolean {
  if (operator === "!=") {
    return !isSame(value, limit);
  }
  if (!isNumber(value)) {
    return false;
  }
  const [left, right] = [Number(value), Number(limit)];
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
