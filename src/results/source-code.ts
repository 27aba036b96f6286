import { exitCode, SeglossError } from "../errors.js";
import type { Provenance } from "./provenance.js";

/** What identifies the source code that makes a run. */
export type SourceCode = Pick<Provenance, "segloss" | "commit" | "dirty">;

/**
 * Returns warnings if runs are made by different source code, or by code with changes that are not committed and so may
 * differ from run to run. Undefined stands for a run of which the source code is not known.
 */
export function sourceWarnings(sources: readonly (SourceCode | undefined)[]): readonly string[] {
  const known = sources.flatMap((source) => source ?? []);
  const versions = known.map(({ segloss, commit }) =>
    commit === undefined ? `version ${segloss}` : `commit ${commit.slice(0, 7)}`,
  );
  const counts = [...new Set(versions)].map(
    (version) => `${versions.filter((other) => other === version).length} by ${version}`,
  );
  const dirty = known.filter((source) => source.dirty === true).length;
  return [
    ...(counts.length > 1 ? [`the runs are made by different source code: ${counts.join(", ")}`] : []),
    ...(dirty > 0
      ? [`${dirty} of ${sources.length} runs are made by source code with uncommitted changes`]
      : []),
  ];
}

/** Throws SeglossError if there are warnings about the source code, for `--strict`. */
export function refuseMixedSource(warnings: readonly string[]): void {
  if (warnings.length > 0) {
    throw new SeglossError(`--strict: ${warnings.join("; ")}`, { exitCode: exitCode.usage });
  }
}
