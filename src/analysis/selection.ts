import { columnOf, parameterKeys, separated } from "../config/parameters.js";
import { type Problem, problemsError, shown, wordProblem } from "../config/problems.js";
import type { RunSummary } from "./run-summary.js";

/**
 * The runs that `--only` asks for: `loss=dice,loss=cce,optimizer=adam` takes alternatives of one key, and all keys
 * together. Throws SeglossError naming every key and value that no run has.
 */
export function selectRuns(runs: readonly RunSummary[], texts: readonly string[]): readonly RunSummary[] {
  const columns = [...new Set(runs.flatMap((run) => [...run.keys.keys()])), "run"];
  const wanted = new Map<string, string[]>();
  const problems: Problem[] = [];
  for (const term of texts.flatMap((text) => text.split(","))) {
    const found = parseTerm(term, runs, columns);
    if ("place" in found) {
      problems.push(found);
    } else {
      wanted.set(found.column, [...(wanted.get(found.column) ?? []), found.value]);
    }
  }
  if (problems.length > 0) {
    throw problemsError(problems);
  }
  return runs.filter((run) => [...wanted].every(([column, values]) => values.includes(textOf(run, column))));
}

function parseTerm(
  term: string,
  runs: readonly RunSummary[],
  columns: readonly string[],
): { readonly column: string; readonly value: string } | Problem {
  const problem = (got: string, allowed: string, path = "") => ({ place: "--only", path, got, allowed });
  const equals = term.indexOf("=");
  if (equals < 0) {
    return problem(shown(term), "KEY=VALUE, several parted by commas");
  }
  const name = term.slice(0, equals).trim();
  const text = term.slice(equals + 1).trim();
  const column = columnNamed(name, columns);
  if (column === undefined) {
    return wordProblem(problem(`the key ${shown(name)}`, columns.join(", ")), name, columns);
  }
  const values = [...new Set(runs.map((run) => textOf(run, column)))];
  const value = values.find((known) => known === text || (text !== "" && Number(known) === Number(text)));
  if (value !== undefined) {
    return { column, value };
  }
  return wordProblem(problem(shown(text), `${values.join(", ")}, as in the CSVs`, column), text, values);
}

/** A column by any of its key's names: as in a config, as a flag or as a column. */
function columnNamed(name: string, columns: readonly string[]): string | undefined {
  const key = parameterKeys.find((candidate) => [candidate, separated(candidate, "-")].includes(name));
  const column = key === undefined ? name : columnOf(key);
  return columns.includes(column) ? column : undefined;
}

function textOf(run: RunSummary, column: string): string {
  return column === "run" ? String(run.run) : (run.keys.get(column) ?? "");
}
