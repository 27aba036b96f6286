import type { Run } from "../../study/run.js";
import type { CompleteRun, LockFiles, RunFiles } from "./folder-facts.js";
import type { RunFailure } from "./run-failure.js";

// How far one run is, and whether the process that has it is at work.

/** A process that has locked the sweep or a shard of it. */
export interface SweepOwner extends Omit<LockFiles, "runs" | "isRunning"> {
  /**
   * "working": it is running, or was so at its last heartbeat; "silent": it is on another machine or in another container, and
   * several heartbeats are missing; "ended": it is known to have ended without removing its lock.
   */
  readonly state: "working" | "silent" | "ended";
}

/** How far a run is. Shares are in [0, 1]. */
export type RunStage =
  | { readonly state: "complete"; readonly complete: CompleteRun }
  | { readonly state: "running"; readonly steps: number; readonly share: number; readonly lastRow: Date }
  /** It has a checkpoint, from which it will be resumed. */
  | { readonly state: "interrupted"; readonly steps: number; readonly share: number }
  /** `steps` and `share` are those of its checkpoint, if it has one. */
  | {
      readonly state: "failed";
      readonly failure: RunFailure;
      readonly steps: number;
      readonly share: number;
    }
  | { readonly state: "damaged"; readonly reason: string }
  | { readonly state: "missing" };

/** A process that missed this number of heartbeats may be dead. */
const missedBeats = 4;

/** Returns a process that has a lock, and whether it is still running. */
export function ownerOf({ runs: _, isRunning, ...lock }: LockFiles, now: Date): SweepOwner {
  const silence = (now.getTime() - lock.touched.getTime()) / 1000;
  const isSilent = lock.beats !== undefined && silence > lock.beats * missedBeats;
  if (isRunning === undefined) {
    return { ...lock, state: isSilent ? "silent" : "working" };
  }
  return { ...lock, state: isRunning ? "working" : "ended" };
}

/** Returns how far a run is. */
export function stageOf(run: Run, files: RunFiles, owner: SweepOwner | undefined): RunStage {
  const { complete, damage, partial, hasCheckpoint, failure } = files;
  if (complete !== undefined) {
    return { state: "complete", complete };
  }
  if (damage !== undefined) {
    return { state: "damaged", reason: damage };
  }
  const steps = partial?.steps ?? 0;
  const share = steps / run.cell.steps;
  if (failure !== undefined) {
    return { state: "failed", failure, ...(hasCheckpoint ? { steps, share } : { steps: 0, share: 0 }) };
  }
  if (partial === undefined) {
    return { state: "missing" };
  }
  const isOfOwner =
    owner?.state === "working" && (owner.since === undefined || partial.written >= owner.since);
  if (isOfOwner) {
    return { state: "running", steps, share, lastRow: partial.written };
  }
  // Without a checkpoint the rows are of no use.
  return hasCheckpoint ? { state: "interrupted", steps, share } : { state: "missing" };
}

/** Returns which share of a run is done, in [0, 1]. */
export function shareOf(stage: RunStage): number {
  return stage.state === "complete" ? 1 : "share" in stage ? stage.share : 0;
}
