import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** In what a sweep's folder differs from an undisturbed sweep's, as sentences. Times, and the command, may differ. */
export function differences(folder: string, undisturbed: string): readonly string[] {
  const [there, expected] = [filesIn(folder), filesIn(undisturbed)];
  const missing = expected.filter((name) => !there.includes(name)).map((name) => `${name} is missing`);
  const extra = there.filter((name) => !expected.includes(name)).map((name) => `${name} is left over`);
  const others = expected
    .filter((name) => there.includes(name) && !isSame(name, join(folder, name), join(undisturbed, name)))
    .map((name) => `${name} differs`);
  return [...missing, ...extra, ...others];
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
}

function isSame(name: string, path: string, expected: string): boolean {
  if (!/\.(csv|json)$/.test(name)) {
    return true;
  }
  const [text, other] = [readFileSync(path, "utf8"), readFileSync(expected, "utf8")];
  return name.endsWith(".csv") ? text === other : isDeepStrictEqual(lasting(text), lasting(other));
}

/** What of a record does not depend on when it was written. */
function lasting(text: string): unknown {
  const { started, seconds, command, checksum, ...rest } = JSON.parse(text);
  return rest;
}
