import { escapeControls, printable } from "../../config/problems.js";
import { runName } from "../../config/run-names.js";
import type { MergeConflict, OtherShare } from "../../results/merge/plan.js";
import type { SweepPart } from "../../results/paths.js";
import type { RunState } from "../../results/run-state.js";
import { describeEnvironment } from "../../results/status/environment-mix.js";
import type { SweepRunStatus, SweepStatus } from "../../results/status/sweep-status.js";
import type { Run } from "../../study/run.js";
import { pluralize, truncateList } from "../../terminal/messages.js";

/** Names of runs that a line lists. */
const listedRuns = 5;

/** Returns a message about runs whose bytes differ, with both environments of the first. */
export function conflictText(conflicts: readonly MergeConflict[]): string {
  const [first, ...further] = conflicts;
  if (first === undefined) {
    return "";
  }
  const sides = first.folders.map(
    ({ path, record }) =>
      `  ${escapeControls(path)}: ${describeEnvironment(record.environment).join(", ")}, ${record.csv.bytes} bytes, sha256 ${record.csv.sha256.slice(0, 16)}`,
  );
  const others = truncateList(
    further.map(({ run }) => runName(run)),
    listedRuns,
  );
  return [
    `${runName(first.run)} is finished in two folders with different bytes; nothing was merged:`,
    ...sides,
    ...(others.length === 0 ? [] : [`so are ${others.join(", ")}`]),
    "Remove the record (run-N.json) of each such run from the folder whose bytes are not wanted, and merge again.",
  ].join("\n");
}

/** Returns what was taken from each folder, and what was left there. */
export function shareLines(shares: readonly OtherShare[]): readonly string[] {
  return shares.flatMap(({ path, taken, equal, unusable }) => {
    const same = equal === 0 ? "" : `; ${equal} were here already with the same bytes`;
    const left = truncateList(
      unusable.map(({ run, reason }) => `  not brought in: ${runName(run)} ${reason}`),
      listedRuns,
    );
    return [`${escapeControls(path)}: ${pluralize(taken, "run")} brought in${same}`, ...left];
  });
}

/** Returns which runs are not complete, shard by shard, with the reason where it is known. */
export function missingLines(status: SweepStatus, states: ReadonlyMap<Run, RunState>): readonly string[] {
  const byName = new Map([...states].map(([run, found]) => [runName(run), found]));
  const groups = new Map<SweepPart | undefined, string[]>();
  for (const run of status.runs) {
    const found = byName.get(run.name);
    if (found?.state !== "done") {
      const names = groups.get(run.shard) ?? [];
      groups.set(run.shard, names);
      names.push(`${run.name}${reasonOf(run, found)}`);
    }
  }
  return [...groups].map(([part, names]) => {
    const where = part === undefined ? "" : `, shard ${part.index} of ${part.count}`;
    const list = truncateList(names, listedRuns).join(", ");
    return `missing${where}: ${pluralize(names.length, "run")}: ${list}`;
  });
}

function reasonOf(run: SweepRunStatus, found: RunState | undefined): string {
  if (found?.state === "damaged") {
    return ` (${escapeControls(found.reason)})`;
  }
  if (run.state === "failed") {
    return ` (failed: ${printable(run.failure.message)})`;
  }
  return run.state === "interrupted" || run.state === "running"
    ? ` (at step ${run.steps} of ${run.run.cell.steps})`
    : "";
}
