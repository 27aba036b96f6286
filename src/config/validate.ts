import type { z } from "zod";
import type { Config } from "./config.js";
import { runCount } from "./grid.js";
import {
  type ConfigKey,
  configKeys,
  flagOf,
  type Parameter,
  parameterKeys,
  parameters,
  ruleOf,
} from "./parameters.js";
import { dotted, type Problem, type Problems, shown, wordProblem } from "./problems.js";
import { schema } from "./schema.js";
import { withThousands } from "./value-types.js";

/** Where values come from: a file, flags, or a file some of whose keys are overridden by flags. */
export interface ValueOrigin {
  /** The config file; absent where there are only flags. */
  readonly file?: string;
  /** The keys that come from flags. */
  readonly flags: ReadonlySet<string>;
}

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
  const { $schema: _, description: __, ...config } = result.data;
  const effective = withoutNegativeZeros(config) as unknown as Config;
  const runs = runCount(effective);
  if (runs <= maxRuns) {
    return { config: effective };
  }
  const got = `a grid of ${runs < 1e15 ? withThousands(runs) : runs.toPrecision(3)} runs`;
  return {
    problems: [
      { place: origin.file ?? "flags", path: "", got, allowed: `at most ${withThousands(maxRuns)} runs` },
    ],
  };
}

function withoutNegativeZeros(config: object): object {
  const positive = (value: unknown) => (value === 0 ? 0 : value);
  const entries = Object.entries(config).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.map(positive) : positive(value),
  ]);
  return Object.fromEntries(entries);
}

function problemsOf(error: z.ZodError, raw: unknown, origin: ValueOrigin): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const issue of innerIssues(error.issues, [], raw)) {
    const found =
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, raw, origin))
        : [valueProblem(issue, raw, origin)];
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
function innerIssues(issues: readonly Issue[], base: readonly PropertyKey[], raw: unknown): readonly Issue[] {
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

function valueProblem(issue: Issue, raw: unknown, origin: ValueOrigin): Problem {
  const [key] = issue.path;
  const value = valueAt(raw, issue.path);
  if (key === undefined) {
    return { place: origin.file ?? "flags", path: "", got: shown(value), allowed: "an object" };
  }
  const { place, path } = placeOf(issue.path, origin);
  const rule = isConfigKey(key) ? ruleOf(key) : undefined;
  const allowed =
    rule === undefined
      ? "a text"
      : allowedOf(String(key), rule, issue.path.length > 1 || origin.flags.has(String(key)));
  return wordProblem({ place, path, got: shown(value), allowed }, value, rule?.words ?? []);
}

const knownKeys = [...configKeys, "description"];
const knownKeysText = knownKeys.join(", ");

function unknownKey(key: string, raw: unknown, origin: ValueOrigin): Problem {
  const got = `an unknown key (value: ${shown(valueAt(raw, [key]))})`;
  const { place, path } = placeOf([key], origin);
  return wordProblem({ place, path, got, allowed: knownKeysText }, key, knownKeys);
}

/** Returns a problem for every value that stands in a list a second time. */
function repeatedValues(raw: unknown, origin: ValueOrigin): readonly Problem[] {
  return [...parameterKeys, "monitor"].flatMap((key) => {
    const values = valueAt(raw, [key]);
    if (!Array.isArray(values)) {
      return [];
    }
    const first = new Map(values.map((value, index) => [value, index] as const).reverse());
    return values.flatMap((value, index) => {
      if (typeof value === "object" || first.get(value) === index) {
        return [];
      }
      return [
        {
          ...placeOf([key, index], origin),
          got: `${shown(value)} a second time`,
          allowed: "each value once",
        },
      ];
    });
  });
}

function allowedOf(key: string, rule: Parameter<unknown>, single: boolean): string {
  const listable = key in parameters || key === "monitor";
  return single || !listable ? rule.allowed : `${rule.allowed}, or a list of such values`;
}

function placeOf(
  path: readonly PropertyKey[],
  origin: ValueOrigin,
): { readonly place: string; readonly path: string } {
  const key = String(path[0]);
  if (origin.flags.has(key)) {
    return { place: flagOf(key), path: "" };
  }
  return { place: origin.file ?? "flags", path: dotted(path) };
}

function isConfigKey(key: PropertyKey): key is ConfigKey {
  return configKeys.some((known) => known === key);
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
