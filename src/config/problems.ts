import { exitCode, SeglossError } from "../errors.js";
import { nearest } from "./nearest.js";

/** A mistake in a config file or a flag. */
export interface Problem {
  /** The file or the flag. */
  readonly place: string;
  /** Where in the file: `threshold[1]`; empty for the whole of it. */
  readonly path: string;
  /** What is there, as a person would say it. */
  readonly got: string;
  /** What may be there. */
  readonly allowed: string;
  /** The valid word that was probably meant. */
  readonly meant?: string | undefined;
}

/** In place of a result: what keeps it from being had. */
export interface Problems {
  readonly problems: readonly Problem[];
}

const mostShown = 100;

/** All problems as one error for the user; the program ends with the exit code for usage. */
export function problemsError(problems: readonly Problem[]): SeglossError {
  const lines = problems.slice(0, mostShown).map(problemLine);
  const left = problems.length - lines.length;
  if (left > 0) {
    lines.push(`and ${left} more`);
  }
  const message =
    lines.length === 1 ? lines.join("") : `${problems.length} problems:\n  ${lines.join("\n  ")}`;
  return new SeglossError(message, { exitCode: exitCode.usage });
}

/** A problem that names the word most like the one given, if it is asked: there may be very many problems. */
export function wordProblem(problem: Problem, word: unknown, words: readonly string[]): Problem {
  return {
    ...problem,
    get meant() {
      return typeof word === "string" ? nearest(word, words) : undefined;
    },
  };
}

/** A value in a message: short, in one line, without control characters, however large or deep it is. */
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

/** Text that is safe in a terminal and in one line: escaped, and cut after 60 characters. */
export function printable(text: string): string {
  const characters = [...text.slice(0, 200)];
  const cut = text.length > 200 || characters.length > 60;
  return escapeControls(characters.slice(0, 60).join("")) + (cut ? "…" : "");
}

/** Text with its control, formatting and lone surrogate characters escaped. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** A path of keys and indices as one writes it: `threshold[1]`. */
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

function problemLine({ place, path, got, allowed, meant }: Problem): string {
  const where = path === "" ? escapeControls(place) : `${escapeControls(place)}: ${path}`;
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  return `${where}: got ${got}; allowed: ${allowed}${hint}`;
}
