import { exitCode, SeglossError } from "../../errors.js";

/** Takes the rows of a CSV as they come. */
export interface RowSink {
  /** Called first, with the header; throws SeglossError where it is none of ours. */
  header(columns: readonly string[]): void;
  /** One row: the key columns' texts joined by `keySeparator`, and the numbers of the others, valid until the next. */
  row(keys: string, numbers: Float64Array): void;
}

/** Stands between the texts of the key columns; none of them can hold it. */
export const keySeparator = "\u001f";

/** The error for a file that is no CSV of a run. */
export function notRunCsv(name: string, why: string): SeglossError {
  const columns = "trained_loss, run, step, cce_loss, cce_grad_norm, accuracy";
  return new SeglossError(`${name} is no CSV of segloss: ${why}; expected columns such as ${columns}`, {
    exitCode: exitCode.usage,
  });
}
