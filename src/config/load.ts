import type { Config } from "./config.js";
import { readConfigFile } from "./config-file.js";
import { type Problems, problemsError } from "./problems.js";
import { validateConfig } from "./validate.js";

/** Values that override a file's, unchecked, by their keys. */
export type Overrides = Readonly<Record<string, unknown>>;

/** A file's effective config, or every problem of it. */
export function loadConfig(file: string, overrides: Overrides = {}): { readonly config: Config } | Problems {
  const content = readConfigFile(file);
  const flags = new Set(Object.keys(overrides));
  if ("problems" in content) {
    const checked = validateConfig(overrides, { flags });
    return { problems: [...content.problems, ...("problems" in checked ? checked.problems : [])] };
  }
  const { value } = content;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return validateConfig(isObject ? { ...value, ...overrides } : value, { file, flags });
}

/** What was found, or all problems thrown as one error. */
export function orThrow<Found extends object>(result: Found | Problems): Found {
  if ("problems" in result) {
    throw problemsError(result.problems);
  }
  return result;
}
