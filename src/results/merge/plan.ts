import type { Run } from "../../study/run.js";
import type { RunRecord } from "../run-record.js";
import type { RunState } from "../run-state.js";
import type { OtherFolder } from "./other-folder.js";

// What is brought in from which folder: a pure function of what each of them has.

/** A run that is brought in. */
export interface PlannedCopy {
  readonly run: Run;
  /** The folder that it comes from. */
  readonly from: string;
  readonly record: RunRecord;
}

/** A run whose bytes differ between two folders. */
export interface MergeConflict {
  readonly run: Run;
  readonly folders: readonly [ConflictSide, ConflictSide];
}

/** One of the two folders of a conflict. */
export interface ConflictSide {
  readonly path: string;
  readonly record: RunRecord;
}

/** What is taken from another folder. */
export interface OtherShare {
  readonly path: string;
  /** Runs that are brought in. */
  readonly taken: number;
  /** Runs that another folder has with the same bytes. */
  readonly equal: number;
  /** Runs that have begun there but are not finished, if no folder has them finished. */
  readonly unusable: readonly { readonly run: Run; readonly reason: string }[];
}

/** What a merge does. */
export interface MergePlan {
  readonly copies: readonly PlannedCopy[];
  readonly conflicts: readonly MergeConflict[];
  /** In the order of the folders. */
  readonly shares: readonly OtherShare[];
}

/**
 * Returns what is to be copied. Of a run that several folders have, the first one's is used; the bytes of the others must be
 * equal.
 *
 * @param own what the folder that is merged into has of each run
 */
export function planMerge(
  folder: string,
  own: ReadonlyMap<Run, RunState>,
  others: readonly OtherFolder[],
): MergePlan {
  const copies: PlannedCopy[] = [];
  const conflicts: MergeConflict[] = [];
  const used = new Map<Run, ConflictSide>();
  for (const [run, found] of own) {
    if (found.state === "done") {
      used.set(run, { path: folder, record: found.record });
    }
  }
  const counted = others.map(({ path, runs }) => {
    let equal = 0;
    let taken = 0;
    for (const [run, found] of runs) {
      if (found.state !== "done") {
        continue;
      }
      const side = { path, record: found.record };
      const first = used.get(run);
      if (first === undefined) {
        taken++;
        used.set(run, side);
        copies.push({ run, from: path, record: found.record });
      } else if (first.record.csv.sha256 === found.record.csv.sha256) {
        equal++;
      } else {
        conflicts.push({ run, folders: [first, side] });
      }
    }
    return { path, taken, equal };
  });
  const shares = others.map(({ path, runs }, index) => {
    const { taken = 0, equal = 0 } = counted[index] ?? {};
    const unusable = [...runs].flatMap(([run, found]) =>
      found.state === "unusable" && !used.has(run) ? [{ run, reason: found.reason }] : [],
    );
    return { path, taken, equal, unusable };
  });
  return { copies, conflicts, shares };
}
