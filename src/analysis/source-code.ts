import { exitCode, SeglossError } from "../errors.js";
import type { RunRecord } from "../results/run-record.js";

/**
 * Returns warnings if runs were made by different source code, or by code with changes that were not committed and so may
 * differ from run to run. Runs without a record are not known to differ.
 */
export function sourceWarnings(
  runs: readonly { readonly record: RunRecord | undefined }[],
): readonly string[] {
  const environments = runs.flatMap(({ record }) => record?.environment ?? []);
  const versions = environments.map(({ segloss, commit }) =>
    commit === undefined ? `version ${segloss}` : `commit ${commit.slice(0, 7)}`,
  );
  const counts = [...new Set(versions)].map(
    (version) => `${versions.filter((other) => other === version).length} by ${version}`,
  );
  const dirty = environments.filter((environment) => environment.dirty === true).length;
  return [
    ...(counts.length > 1 ? [`the runs were made by different source code: ${counts.join(", ")}`] : []),
    ...(dirty > 0
      ? [`${dirty} of ${runs.length} runs were made by source code with uncommitted changes`]
      : []),
  ];
}

/** Throws SeglossError if there are warnings about the source code, for `--strict`. */
export function refuseMixedSource(warnings: readonly string[]): void {
  if (warnings.length > 0) {
    throw new SeglossError(`--strict: ${warnings.join("; ")}`, { exitCode: exitCode.usage });
  }
}
