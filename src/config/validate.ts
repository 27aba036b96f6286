import type { z } from "zod";
import type { Config } from "./config.js";
import { runCountBound } from "./grid.js";
import { type ConfigKey, configKeys, isListable, parameterKeys, ruleOf } from "./parameters.js";
import { dotted, type Problem, type Problems, shown, wordProblem } from "./problems.js";
import { schema } from "./schema.js";
import { withThousands } from "./value-types.js";

/** Where values come from: a file, flags, or a file some of whose keys are overridden by flags. */
export interface ValueOrigin {
  /** The config file; absent where there are only flags. */
  readonly file?: string;
  /** The keys that come from flags, with the flag that each was set by. */
  readonly flags: ReadonlyMap<string, string>;
}

type Path = readonly PropertyKey[];

/** A slip in a list must not fill memory. */
const maxRuns = 100_000;

/** Returns the effective config of unchecked values, or every problem that they have. */
export function validateConfig(raw: unknown, origin: ValueOrigin): { readonly config: Config } | Problems {
  const result = schema.safeParse(raw);
  const problems = [
    ...(result.success ? [] : problemsOf(result.error, raw, origin)),
    ...repeatedValues(raw, origin),
  ];
  if (!result.success || problems.length > 0) {
    return { problems };
  }
  const { $schema: _, description: __, ...values } = result.data;
  const config = withoutNegativeZeros(values) as Config;
  const runs = runCountBound(config);
  if (runs <= maxRuns) {
    return { config };
  }
  const got = `a grid of ${runs < 1e15 ? withThousands(runs) : runs.toPrecision(3)} runs`;
  const allowed = `at most ${withThousands(maxRuns)} runs`;
  return { problems: [{ place: origin.file ?? "flags", path: "", got, allowed }] };
}

/** -0 equals 0 but has another text in names and hashes. */
function withoutNegativeZeros(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNegativeZeros);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, withoutNegativeZeros(inner)]),
    );
  }
  return value === 0 ? 0 : value;
}

function problemsOf(error: z.ZodError, raw: unknown, origin: ValueOrigin): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const issue of innerIssues(error.issues, [], raw)) {
    const found =
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey([...issue.path, key], raw, origin))
        : [valueProblem(issue.path, raw, origin)];
    for (const problem of found) {
      const identity = `${problem.place}\n${problem.path}`;
      if (!problems.has(identity)) {
        problems.set(identity, problem);
      }
    }
  }
  return [...problems.values()];
}

type Issue = z.core.$ZodIssue;

/** Returns the issues of a value or list's innermost values: of the two forms, those of the one that was used. */
function innerIssues(issues: readonly Issue[], base: Path, raw: unknown): readonly Issue[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    const here = { ...issue, path };
    if (issue.code !== "invalid_union" || !Array.isArray(valueAt(raw, path))) {
      return [here];
    }
    const asList = issue.errors.find((branch) => branch.every((inner) => inner.path.length > 0));
    return asList === undefined ? [here] : innerIssues(asList, path, raw);
  });
}

function valueProblem(path: Path, raw: unknown, origin: ValueOrigin): Problem {
  const value = valueAt(raw, path);
  const problem = (allowed: string): Problem => ({ ...placeOf(path, origin), got: shown(value), allowed });
  const [key, ...inner] = withinGrid(path);
  if (key === undefined) {
    return problem(path.length === 0 ? "an object" : "an object with some of the parameters");
  }
  if (key === "grids") {
    return problem("a list of objects, each with some of the parameters");
  }
  if (!isConfigKey(key)) {
    return problem("a text");
  }
  const { allowed, words } = ruleOf(key);
  const isSingle = inner.length > 0 || !isListable(key) || /^--(?!set )/.test(origin.flags.get(key) ?? "");
  return wordProblem(problem(isSingle ? allowed : `${allowed}, or a list of such values`), value, words);
}

const keysOfFile = [...configKeys, "grids", "description"];
const keysOfFileText = keysOfFile.join(", ");
const keysOfGridText = parameterKeys.join(", ");

function unknownKey(path: Path, raw: unknown, origin: ValueOrigin): Problem {
  const got = `an unknown key (value: ${shown(valueAt(raw, path))})`;
  const [allowed, words] = path.length === 1 ? [keysOfFileText, keysOfFile] : [keysOfGridText, parameterKeys];
  return wordProblem({ ...placeOf(path, origin), got, allowed }, path.at(-1), words);
}

/** Returns a problem for every value that stands in a list a second time. */
function repeatedValues(raw: unknown, origin: ValueOrigin): readonly Problem[] {
  const grids = valueAt(raw, ["grids"]);
  const bases: readonly Path[] = [
    [],
    ...(Array.isArray(grids) ? grids.map((_, index) => ["grids", index]) : []),
  ];
  const lists = bases.flatMap((base) =>
    [...parameterKeys, "monitor", "metrics"].map((key): Path => [...base, key]),
  );
  return lists.flatMap((path) => {
    const values = valueAt(raw, path);
    if (!Array.isArray(values)) {
      return [];
    }
    const first = new Map(values.map((value, index) => [value, index] as const).reverse());
    return values.flatMap((value, index) => {
      if (typeof value === "object" || first.get(value) === index) {
        return [];
      }
      const got = `${shown(value)} a second time`;
      return [{ ...placeOf([...path, index], origin), got, allowed: "each value once" }];
    });
  });
}

function placeOf(path: Path, origin: ValueOrigin): { readonly place: string; readonly path: string } {
  const flag = origin.flags.get(String(path[0]));
  return flag === undefined
    ? { place: origin.file ?? "flags", path: dotted(path) }
    : { place: flag, path: "" };
}

/** Returns a path without its beginning `grids[0]`. */
function withinGrid(path: Path): Path {
  return path[0] === "grids" && path.length > 1 ? path.slice(2) : path;
}

function isConfigKey(key: PropertyKey): key is ConfigKey {
  return configKeys.some((known) => known === key);
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
