import { exitCode, SeglossError } from "../errors.js";

/** A mistake in a config file or a flag. */
export interface Problem {
  /** The file or the flag. */
  readonly place: string;
  /** Where in the file: `threshold[1]`; empty for all of it. */
  readonly path: string;
  /** What is there, in words. */
  readonly got: string;
  /** What may be there, in words. */
  readonly allowed: string;
  /** The valid word that was probably meant. */
  readonly meant?: string | undefined;
}

/** Stands in place of a result: why there is none. */
export interface Problems {
  readonly problems: readonly Problem[];
}

const maxShown = 100;

/** Returns a result. Throws all problems as one SeglossError if there is none. */
export function orThrow<Result extends object>(result: Result | Problems): Result {
  if ("problems" in result) {
    throw problemsError(result.problems);
  }
  return result;
}

/** Returns the problems of all parts that have some. */
export function allProblems(...parts: readonly (object | Problems)[]): Problems["problems"] {
  return parts.flatMap((part) => ("problems" in part ? part.problems : []));
}

/** Returns all problems as one error with the exit code for usage. */
export function problemsError(problems: readonly Problem[]): SeglossError {
  const lines = listedOnce(problems.slice(0, maxShown)).map(problemLine);
  const left = problems.length - lines.length;
  if (left > 0) {
    lines.push(`and ${left} more`);
  }
  const message =
    lines.length === 1 ? lines.join("") : `${problems.length} problems:\n  ${lines.join("\n  ")}`;
  return new SeglossError(message, { exitCode: exitCode.usage });
}

/** Returns a problem that names the word most like the given one. It is computed when read: there may be very many problems. */
export function wordProblem(problem: Problem, word: unknown, words: readonly string[]): Problem {
  return {
    ...problem,
    get meant() {
      return typeof word === "string" ? nearest(word, words) : undefined;
    },
  };
}

/** Returns a value as it stands in a message: short, in one line, without control characters, however large or deep it is. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    return `"${printable(value)}"`;
  }
  if (value === null) {
    return "null";
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  }
  if (typeof value === "object") {
    return "an object";
  }
  return String(value);
}

/** Returns text that is safe in one line of a terminal: escaped, and cut after 60 characters. */
export function printable(text: string): string {
  const characters = [...text.slice(0, 200)];
  const isCut = text.length > 200 || characters.length > 60;
  return escapeControls(characters.slice(0, 60).join("")) + (isCut ? "…" : "");
}

/** Returns text with its control, formatting and lone surrogate characters escaped. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** Returns a path of keys and indices as it is written in code: `threshold[1]`. */
export function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") {
        return `[${part}]`;
      }
      const key = printable(String(part));
      const name = /^[\w$-]+$/.test(key) ? key : `"${key}"`;
      return index === 0 ? name : `.${name}`;
    })
    .join("");
}

/** Returns problems in which a long list of what is allowed stands only at the first that has it. */
function listedOnce(problems: readonly Problem[]): readonly Problem[] {
  const listed = new Set<string>();
  return problems.map((problem) => {
    const { place, path, got, allowed, meant } = problem;
    const isRepeated = allowed.length > 80 && listed.has(allowed);
    listed.add(allowed);
    return isRepeated ? { place, path, got, allowed: "as above", meant } : problem;
  });
}

function problemLine({ place, path, got, allowed, meant }: Problem): string {
  const where = path === "" ? escapeControls(place) : `${escapeControls(place)}: ${path}`;
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  return `${where}: got ${got}; allowed: ${allowed}${hint}`;
}

/** Returns the word most like the given one, if any is like it. Neither case nor separators count. */
function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > 40) {
    return undefined;
  }
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const distance = editDistance(lettersOf(word), lettersOf(candidate));
    const tolerated = Math.floor(Math.min(word.length, candidate.length) / 2.5);
    if (distance <= tolerated && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function lettersOf(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/**
 * Returns the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbors. Written here,
 * since npm's libraries of this distance are unmaintained, and the maintained ones do not count the swap of two neighbors,
 * the most frequent slip, as one edit.
 *
 * @see https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance#Optimal_string_alignment_distance
 */
function editDistance(from: string, to: string): number {
  let rowBefore: number[] = [];
  let previousRow = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = entry(previousRow, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(entry(previousRow, j) + 1, entry(row, j - 1) + 1, substitution);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) {
        least = Math.min(least, entry(rowBefore, j - 2) + 1);
      }
      row.push(least);
    }
    rowBefore = previousRow;
    previousRow = row;
  }
  return entry(previousRow, to.length);
}

function entry(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
