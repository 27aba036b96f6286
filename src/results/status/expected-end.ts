// When a sweep will end: from the rate of the processes that are running, and the estimated cost of what is left.

/** A part of a sweep's work that was done between two times. */
export interface DoneWork {
  /** In the unit of `costOf`. */
  readonly cost: number;
  /** Undefined if it is not known. */
  readonly begun: Date | undefined;
  readonly ended: Date;
}

/** How fast a process works. */
export interface Pace {
  /** In the unit of `costOf`, per millisecond; 0 as long as nothing is done. */
  readonly rate: number;
  /** The cost of what it has not done yet. */
  readonly left: number;
}

/**
 * Returns the pace of a process since it locked the folder. Of a run that it has resumed, only the share of the time since
 * then counts: it is not recorded how far the run was before.
 */
export function paceSince(since: Date, now: Date, done: readonly DoneWork[], left: number): Pace {
  const milliseconds = now.getTime() - since.getTime();
  const work = done.reduce((sum, { cost, begun, ended }) => sum + cost * shareSince(since, begun, ended), 0);
  return { rate: milliseconds > 0 ? work / milliseconds : 0, left };
}

/**
 * Returns when processes of these paces will have done everything that is left: each its own part, and what no process has
 * begun at their common rate, since queued shards follow those that end. Undefined while no rate is known, and if
 * nothing is left.
 *
 * @param left the cost of all that is left, whether a process has it or not
 */
export function expectedEnd(paces: readonly Pace[], left: number, now: Date): Date | undefined {
  const rate = paces.reduce((sum, pace) => sum + pace.rate, 0);
  if (rate === 0 || left === 0) {
    return undefined;
  }
  const waits = paces.flatMap((pace) => (pace.rate === 0 ? [] : pace.left / pace.rate));
  return new Date(now.getTime() + Math.max(left / rate, ...waits));
}

/** Returns which share of the time between two times is after `since`. */
function shareSince(since: Date, begun: Date | undefined, ended: Date): number {
  if (begun === undefined || begun >= since) {
    return ended > since ? 1 : 0;
  }
  const after = Math.max(0, ended.getTime() - since.getTime());
  return after === 0 ? 0 : after / (ended.getTime() - begun.getTime());
}
