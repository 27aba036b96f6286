import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { shippedConfigs } from "../installation.js";
import type { Config } from "./config.js";
import type { Override } from "./flags.js";
import { parseJsonc, position } from "./json.js";
import { allProblems, type Problem, type Problems, shown, wordProblem } from "./problems.js";
import { validateConfig } from "./validate.js";
import { withThousands } from "./value-types.js";

const maxBytes = 16 * 2 ** 20;

/**
 * Reads and checks a config file. Returns its effective config, or every problem of the file and the
 * overrides.
 */
export function loadConfig(
  file: string,
  overrides: readonly Override[] = [],
): { readonly config: Config } | Problems {
  const content = readConfigFile(file);
  if ("problems" in content) {
    return { problems: allProblems(content, overrideConfig({}, overrides, file)) };
  }
  return overrideConfig(content.value, overrides, file);
}

/**
 * Checks the unchecked values of a file, some of which are replaced. Returns the effective config, or every
 * problem.
 */
export function overrideConfig(
  value: unknown,
  overrides: readonly Override[],
  file: string,
): { readonly config: Config } | Problems {
  const flags = new Map<string, string>(overrides.map(({ key, flag }) => [key, flag]));
  if (!isObject(value)) {
    return validateConfig(value, { file, flags });
  }
  const replaced: Record<string, unknown> = { ...value };
  for (const override of overrides) {
    replaced[override.key] = override.value;
  }
  // What a flag sets holds in every grid.
  if (Array.isArray(replaced.grids)) {
    replaced.grids = replaced.grids.map((grid: unknown) =>
      isObject(grid) ? Object.fromEntries(Object.entries(grid).filter(([key]) => !flags.has(key))) : grid,
    );
  }
  return validateConfig(replaced, { file, flags });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the value of a file, unchecked. A file that is missing, no text or no JSON is a problem. */
function readConfigFile(file: string): { readonly value: unknown } | Problems {
  const problem = (got: string, allowed = "a JSON file") => ({
    problems: [{ place: file, path: "", got, allowed }],
  });
  const bytes = readBytes(file);
  if (typeof bytes === "string") {
    return bytes === noSuchFile ? { problems: [unknownConfig(file)] } : problem(bytes);
  }
  if (bytes.length > maxBytes) {
    return problem("a larger file", `at most ${withThousands(maxBytes)} bytes`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    return problem("bytes that are not UTF-8 text");
  }
  const parsed = parseJsonc(text);
  if ("mistake" in parsed) {
    const { line, column } = position(text, parsed.offset);
    const got = `${parsed.mistake} at line ${line}, column ${column}`;
    return looksLikeYaml(file, text)
      ? problem(`YAML (${got})`, `JSON; convert it, for example with: yq -o=json FILE.yaml > FILE.json`)
      : problem(got, "JSON; comments and trailing commas are fine");
  }
  if (parsed.repeated.length === 0) {
    return { value: parsed.value };
  }
  const problems = parsed.repeated.map((key) => ({
    place: file,
    path: shown(key).slice(1, -1),
    got: "this key twice",
    allowed: "each key once",
  }));
  return { problems };
}

/** Returns a file's bytes, at most one more than are allowed, or why it cannot be read. */
function readBytes(file: string): Buffer | string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    if (fstatSync(descriptor).isDirectory()) {
      return "a folder";
    }
    return readAtMost(descriptor, maxBytes + 1);
  } catch (error) {
    return readFailure(error);
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

/** Reads in chunks, since a pipe or a device has no size and may never end. */
function readAtMost(descriptor: number, limit: number): Buffer {
  const chunks: Buffer[] = [];
  let left = limit;
  while (left > 0) {
    const chunk = Buffer.alloc(Math.min(left, 2 ** 20));
    const count = readSync(descriptor, chunk);
    if (count === 0) {
      break;
    }
    chunks.push(chunk.subarray(0, count));
    left -= count;
  }
  return Buffer.concat(chunks);
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Returns whether a text that is not JSON is YAML, by the file's name or by a first line such as "loss:
 * dice".
 */
function looksLikeYaml(file: string, text: string): boolean {
  return /\.ya?ml$/i.test(file) || /^(?:---|#.*|\s)*\w+:(?:\s|$)/.test(text.slice(0, 10_000));
}

const noSuchFile = "no such file";

/** A file that is missing may be a misspelled name of a shipped config. */
function unknownConfig(file: string): Problem {
  const names = shippedConfigs();
  const allowed = `a JSON file, or a shipped config: ${names.join(", ")}`;
  return wordProblem({ place: file, path: "", got: noSuchFile, allowed }, file, names);
}

function readFailure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return noSuchFile;
    case "ENOTDIR":
      return "a path through something that is not a folder";
    case "EACCES":
    case "EPERM":
      return "a file that may not be read";
    case "ELOOP":
      return "a link that leads to itself";
    case "ENAMETOOLONG":
      return "a name that is too long";
    case "ERR_INVALID_ARG_VALUE":
      return "a name with a NUL character";
    default:
      return `a file that cannot be read (${String(code)})`;
  }
}
