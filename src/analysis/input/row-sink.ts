// A file of its own because both readers and the table that they fill need it, and the table imports the readers.
import { escapeControls } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";

/** Receives the rows of a CSV one by one. */
export interface RowSink {
  /** Called first, with the header. Throws SeglossError if it is not the header of a run's CSV. */
  header(columns: readonly string[]): void;
  /** One row: the texts of the key columns joined by `keySeparator`, and the other columns' numbers, valid until the next call. */
  row(keys: string, numbers: Float64Array): void;
}

/** Separates the texts of the key columns; none of them contains it. */
export const keySeparator = "\u001f";

/** Returns the error for a file that is not a run's CSV. `why` may quote the file: it is cut and escaped here. */
export function notRunCsv(name: string, why: string): SeglossError {
  const reason = escapeControls(why.length > maxReason ? `${why.slice(0, maxReason)}…` : why);
  const columns = "trained_loss, run, step, cce_loss, cce_grad_norm, accuracy";
  return new SeglossError(`${name} is not a CSV of a run: ${reason}; expected columns such as ${columns}`, {
    exitCode: exitCode.usage,
  });
}

const maxReason = 120;
