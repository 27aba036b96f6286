import type { LeftOutKind, LeftOutRun } from "./find-runs.js";

const kindLabels: Readonly<Record<LeftOutKind, string>> = {
  damaged: "damaged",
  unrecorded: "without a record",
  unfinished: "unfinished",
  "not started": "not started",
};

/** Returns what is left out, for a person: a line with the counts, then one for each run up to `most`, damaged ones first. */
export function describeLeftOut(leftOut: readonly LeftOutRun[], most = 10): readonly string[] {
  if (leftOut.length === 0) {
    return [];
  }
  const kinds = Object.keys(kindLabels) as readonly LeftOutKind[];
  const groups = kinds
    .map((kind) => ({ kind, runs: leftOut.filter((run) => run.kind === kind) }))
    .filter(({ runs }) => runs.length > 0);
  const counts = groups.map(({ kind, runs }) => `${runs.length} ${kindLabels[kind]}`);
  const reasons = groups.flatMap(({ runs }) => runs.map(({ reason }) => `  ${reason}`));
  const more = reasons.length > most ? [`  and ${reasons.length - most} more`] : [];
  return [`left out: ${counts.join(", ")}`, ...reasons.slice(0, most), ...more];
}
