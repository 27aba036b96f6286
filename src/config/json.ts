import { createScanner, getNodeValue, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { z } from "zod";

/** A parsed text, or what is wrong with it and the offset of the first mistake. */
export type ParsedJson =
  | { readonly value: unknown; readonly repeated: readonly string[] }
  | { readonly mistake: string; readonly offset: number };

/** jsonc-parser recurses into what is nested, so a file of brackets would overflow its stack. */
const deepest = 100;

const mistakes: Readonly<Record<string, string>> = {
  InvalidSymbol: "an unquoted word",
  InvalidNumberFormat: "an invalid number",
  PropertyNameExpected: "no key in double quotes",
  ValueExpected: "no value",
  ColonExpected: "no colon",
  CommaExpected: "no comma",
  CloseBraceExpected: "no closing brace",
  CloseBracketExpected: "no closing bracket",
  EndOfFileExpected: "more than one value",
  InvalidCommentToken: "a comment",
  UnexpectedEndOfComment: "an unfinished comment",
  UnexpectedEndOfString: "an unfinished string",
  UnexpectedEndOfNumber: "an unfinished number",
  InvalidUnicode: "an invalid escape sequence in a string",
  InvalidEscapeCharacter: "an invalid escape sequence in a string",
  InvalidCharacter: "a control character in a string",
};

/**
 * Parses JSON with comments and trailing commas. Names the outermost object's repeated keys, of which JSON.parse would
 * silently take the last.
 */
export function parseJsonc(text: string): ParsedJson {
  const tooDeep = tooDeepOffset(text);
  if (tooDeep !== undefined) {
    return { mistake: `more than ${deepest} nested lists and objects`, offset: tooDeep };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors.toSorted((a, b) => a.offset - b.offset);
  if (first !== undefined || root === undefined) {
    const code = first === undefined ? "ValueExpected" : printParseErrorCode(first.error);
    return { mistake: mistakes[code] ?? "an unexpected character", offset: first?.offset ?? 0 };
  }
  const keys = root.type === "object" ? (root.children ?? []).map((property) => property.children?.[0]) : [];
  const seen = new Set<unknown>();
  const repeated = new Set<string>();
  for (const key of keys) {
    if (seen.has(key?.value)) {
      repeated.add(String(key?.value));
    }
    seen.add(key?.value);
  }
  return { value: getNodeValue(root), repeated: [...repeated] };
}

/** Parses JSON as JSON.parse does. Throws SyntaxError also for text nested so deeply that walking its value would overflow. */
export function parseStrictJson(text: string): unknown {
  if (tooDeepOffset(text) !== undefined) {
    throw new SyntaxError("too deeply nested");
  }
  return JSON.parse(text);
}

/** Returns line and column, both from 1, of an offset. Columns count characters. */
export function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: [...(before.at(-1) ?? "")].length + 1 };
}

const nonFiniteWords = ["NaN", "Infinity", "-Infinity"] as const;

/** Returns JSON in which NaN and the infinities, which JSON lacks, are the words "NaN", "Infinity" and "-Infinity". */
export function stringifyJson(value: unknown, indent?: number): string {
  const word = (_: string, inner: unknown) =>
    typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner;
  return JSON.stringify(value, word, indent);
}

/** Parses what stringifyJson() wrote, the words as numbers again. Only for values that hold no such words as text. */
export function parseJsonNumbers(text: string): unknown {
  return JSON.parse(text, (_, inner: unknown) =>
    nonFiniteWords.some((word) => word === inner) ? Number(inner) : inner,
  );
}

/** Codec of a number: any number in memory, in JSON as stringifyJson() writes it. */
export const jsonNumber: z.ZodType<number, number | (typeof nonFiniteWords)[number]> = z.codec(
  z.union([z.number(), z.enum(nonFiniteWords)]),
  z.custom<number>((value) => typeof value === "number"),
  {
    decode: Number,
    encode: (value) => (Number.isFinite(value) ? value : (String(value) as (typeof nonFiniteWords)[number])),
  },
);

/** Returns the offset of the first bracket that is nested too deep, if there is one. */
function tooDeepOffset(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const first = text.charAt(scanner.getTokenOffset());
    if (first === "{" || first === "[") {
      depth++;
    } else if (first === "}" || first === "]") {
      depth--;
    }
    if (depth > deepest) {
      return scanner.getTokenOffset();
    }
  }
  return undefined;
}
