import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns the text of every CSV below a folder, by its path. */
export function csvsIn(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".csv"),
  );
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
