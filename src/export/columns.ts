import { seedKey } from "../analysis/axes.js";
import { unknownValue } from "../analysis/run-keys.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { parameterOf, parameters } from "../config/parameters.js";
import { isMainKey } from "../study/row-layout.js";
import { studyCell } from "../study/run.js";

// The columns that rows of different runs have in common, which is all that a table file needs to know before its first row.

/** How the values of a key column are stored. */
export type KeyType = "BOOLEAN" | "DOUBLE" | "INT64" | "STRING";

/** A value of a key column; null if it is not known. */
export type KeyValue = boolean | number | bigint | string | null;

/** A column that holds the same in all rows of a run. */
export interface KeyColumn {
  readonly name: string;
  readonly type: KeyType;
  readonly isNullable: boolean;
  /** Returns the run's value, of the column's type. */
  readonly valueIn: (run: RunSummary) => KeyValue;
}

/** A column of measured float32 numbers. */
export interface NumberColumn {
  readonly name: string;
  /** True if some run does not have it. */
  readonly isNullable: boolean;
}

/** The columns of an export, in the order of a run's CSV. */
export interface ExportColumns {
  readonly keys: readonly KeyColumn[];
  readonly measured: readonly NumberColumn[];
}

/** Returns the columns of all runs together. */
export function exportColumns(runs: readonly RunSummary[]): ExportColumns {
  const names = [...new Set(runs.flatMap(({ keys }) => [...keys.keys()]))];
  const isMain = (name: string) => {
    const parameter = parameterOf(name);
    return parameter !== undefined && isMainKey(parameter);
  };
  const measured = [...new Set(runs.flatMap(({ columns }) => [...columns.keys()]))];
  return {
    keys: [
      ...names.filter(isMain).map((name) => keyColumn(name, runs)),
      { name: "run", type: "INT64", isNullable: false, valueIn: ({ run }) => BigInt(run) },
      ...names.filter((name) => !isMain(name)).map((name) => keyColumn(name, runs)),
    ],
    measured: measured.map((name) => ({ name, isNullable: runs.some(({ columns }) => !columns.has(name)) })),
  };
}

function keyColumn(name: string, runs: readonly RunSummary[]): KeyColumn {
  const texts = new Set(runs.map(({ keys }) => keys.get(name) ?? unknownValue));
  const isNullable = texts.delete(unknownValue);
  const natural = naturalType(name);
  // CSVs from elsewhere may hold anything.
  const type = [...texts].every((text) => fits[natural](text)) ? natural : "STRING";
  return {
    name,
    type,
    isNullable,
    valueIn({ keys }) {
      const text = keys.get(name) ?? unknownValue;
      return text === unknownValue ? null : parsers[type](text);
    },
  };
}

/** Returns the type that the values of a parameter have. */
function naturalType(column: string): KeyType {
  const key = parameterOf(column);
  if (key === undefined) {
    return column === seedKey ? "INT64" : "STRING";
  }
  if (typeof studyCell[key] === "boolean") {
    return "BOOLEAN";
  }
  if (typeof studyCell[key] === "number") {
    return parameters[key].placeholder === "N" ? "INT64" : "DOUBLE";
  }
  return "STRING";
}

/** Whether a text is a value of a type. */
const fits: Readonly<Record<KeyType, (text: string) => boolean>> = {
  BOOLEAN: (text) => text === "true" || text === "false",
  DOUBLE: (text) => text.trim() !== "" && Number.isFinite(Number(text)),
  INT64: (text) => /^\d{1,15}$/.test(text),
  STRING: () => true,
};

const parsers: Readonly<Record<KeyType, (text: string) => KeyValue>> = {
  BOOLEAN: (text) => text === "true",
  DOUBLE: Number,
  INT64: BigInt,
  STRING: String,
};
