import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

// A file of its own although short: the one definition of "the same result".

/** Returns how a sweep's folder differs from that of an undisturbed sweep. Times, the command and the batch job may differ. */
export function folderDifferences(folder: string, undisturbed: string): readonly string[] {
  const [actual, expected] = [filesIn(folder), filesIn(undisturbed)];
  const missing = expected.filter((name) => !actual.includes(name)).map((name) => `${name} is missing`);
  const extra = actual.filter((name) => !expected.includes(name)).map((name) => `${name} is left over`);
  const changed = expected
    .filter((name) => actual.includes(name) && !isSame(name, join(folder, name), join(undisturbed, name)))
    .map((name) => `${name} differs`);
  return [...missing, ...extra, ...changed];
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
}

function isSame(name: string, path: string, expected: string): boolean {
  if (!/\.(csv|json)$/.test(name)) {
    return true;
  }
  const [text, other] = [readFileSync(path, "utf8"), readFileSync(expected, "utf8")];
  return name.endsWith(".csv") ? text === other : isDeepStrictEqual(withoutTimes(text), withoutTimes(other));
}

function withoutTimes(text: string): unknown {
  const { started, seconds, command, checksum, environment, ...rest } = JSON.parse(text);
  return { ...rest, environment: { ...environment, job: undefined } };
}
