import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Problems } from "./problems.js";
import { parseJson, position } from "./strict-json.js";
import { withThousands } from "./value-types.js";

const mostBytes = 16 * 2 ** 20;

/** What a config file holds, unchecked, or what is wrong with it. */
export type FileContent = { readonly value: unknown } | Problems;

/** Reads a JSON file; a missing file, a folder, bytes that are no text and text that is no JSON are problems. */
export function readConfigFile(file: string): FileContent {
  const wrong = (got: string, allowed = "a JSON file") => ({
    problems: [{ place: file, path: "", got, allowed }],
  });
  const bytes = readBytes(file);
  if (typeof bytes === "string") {
    return wrong(bytes);
  }
  if (bytes.length > mostBytes) {
    return wrong("a larger file", `at most ${withThousands(mostBytes)} bytes`);
  }
  const text = decoded(bytes);
  if (text === undefined) {
    return wrong("bytes that are not UTF-8 text");
  }
  const parsed = parseJson(text);
  if ("offset" in parsed) {
    const { line, column } = position(text, parsed.offset);
    const found = parsed.offset >= text.length ? "the end of the file" : "an unexpected character";
    return wrong(`${found} at line ${line}, column ${column}`, "valid JSON");
  }
  if (parsed.repeated.length === 0) {
    return { value: parsed.value };
  }
  const problems = parsed.repeated.map((key) => ({
    place: file,
    path: key,
    got: "this key twice",
    allowed: "each key once",
  }));
  return { problems };
}

function readBytes(file: string): Buffer | string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    if (fstatSync(descriptor).isDirectory()) {
      return "a folder";
    }
    return readAtMost(descriptor, mostBytes + 1);
  } catch (error) {
    return failure(error);
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

/** By hand, since a pipe or device has no size to go by and may never end. */
function readAtMost(descriptor: number, most: number): Buffer {
  const chunks: Buffer[] = [];
  let left = most;
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

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function failure(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "no such file";
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
