/** What a text holds as JSON, or the offset of the first character that cannot stand where it does. */
export type ParsedJson =
  | { readonly value: unknown; readonly repeated: readonly string[] }
  | { readonly offset: number };

/** Parses JSON; names the outermost object's repeated keys, of which JSON.parse silently takes the last. */
export function parseJson(text: string): ParsedJson {
  const { offset, keys } = scan(text);
  if (offset !== undefined) {
    return { offset };
  }
  const seen = new Set<string>();
  const repeated = new Set(keys.filter((key) => seen.size === seen.add(key).size));
  return { value: JSON.parse(text), repeated: [...repeated] };
}

/** Line and column, from 1, of an offset; columns count characters. */
export function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: [...(before.at(-1) ?? "")].length + 1 };
}

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end";

/** Walks over the tokens, without recursion, since a file may be nested as deep as it is long. */
function scan(text: string): { readonly offset?: number; readonly keys: readonly string[] } {
  const open: string[] = [];
  const keys: string[] = [];
  let expected: Expected = "value";
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const character = text[at] ?? "";
    const end = character === '"' ? stringEnd(text, at) : tokenEnd(text, at);
    const next: Expected | undefined = end.wrong === undefined ? after(character, expected, open) : undefined;
    if (next === undefined) {
      return { offset: end.wrong ?? at, keys };
    }
    if (next === "colon" && open.length === 1) {
      keys.push(JSON.parse(text.slice(at, end.at)));
    }
    expected = next;
    at = skipSpace(text, end.at);
  }
  return expected === "comma or end" && open.length === 0 ? { keys } : { offset: text.length, keys };
}

/** What may follow a token, given what was expected of it; undefined if it may not stand there. */
function after(first: string, expected: Expected, open: string[]): Expected | undefined {
  const wantsValue = expected === "value" || expected === "value or ]";
  switch (first) {
    case "{":
    case "[":
      if (!wantsValue) {
        return undefined;
      }
      open.push(first === "{" ? "}" : "]");
      return first === "{" ? "key or }" : "value or ]";
    case "}":
    case "]":
      if (expected !== (first === "}" ? "key or }" : "value or ]") && expected !== "comma or end") {
        return undefined;
      }
      return open.pop() === first ? "comma or end" : undefined;
    case ":":
      return expected === "colon" ? "value" : undefined;
    case ",":
      if (expected !== "comma or end" || open.length === 0) {
        return undefined;
      }
      return open.at(-1) === "}" ? "key" : "value";
    case '"':
      if (expected === "key" || expected === "key or }") {
        return "colon";
      }
      return wantsValue ? "comma or end" : undefined;
    default:
      return wantsValue ? "comma or end" : undefined;
  }
}

interface End {
  readonly at: number;
  /** Where the token goes wrong, if it does. */
  readonly wrong?: number;
}

const space = /[ \t\n\r]*/y;
const token = /[{}[\]:,]|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function skipSpace(text: string, from: number): number {
  space.lastIndex = from;
  space.test(text);
  return space.lastIndex;
}

function tokenEnd(text: string, from: number): End {
  token.lastIndex = from;
  return token.test(text) ? { at: token.lastIndex } : { at: from, wrong: from };
}

function stringEnd(text: string, from: number): End {
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      return { at: at + 1 };
    }
    if (code < 0x20) {
      return { at, wrong: at };
    }
    if (code !== 0x5c) {
      at += 1;
      continue;
    }
    escapeSequence.lastIndex = at;
    if (!escapeSequence.test(text)) {
      return { at, wrong: at };
    }
    at = escapeSequence.lastIndex;
  }
  return { at, wrong: at };
}
