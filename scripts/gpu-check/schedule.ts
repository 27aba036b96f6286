import type { FinishedPart, Part, PartResult } from "./part.js";

/** A part may not use up the time of all others. */
const longestPartMs = 5 * 60_000;

export interface Schedule {
  readonly parts: readonly Part[];
  /** Parts that an earlier call has finished; they are not run again. */
  readonly finished: readonly FinishedPart[];
  readonly budgetMs: number;
  /** Runs one part; `signal` is aborted when its time is over. */
  readonly run: (part: Part, signal: AbortSignal) => Promise<PartResult>;
  /** Is called after every part with everything that is finished and the names of what is left. */
  readonly save: (finished: readonly FinishedPart[], left: readonly string[]) => void;
}

export interface ScheduleResult {
  readonly finished: readonly FinishedPart[];
  /** Parts that there was no time for. */
  readonly left: readonly string[];
}

/**
 * Runs the parts one after the other until the budget is used up. A part that is cut off by the end of the
 * budget counts as left; one that is cut off by its own limit has failed.
 */
export async function runSchedule(schedule: Schedule): Promise<ScheduleResult> {
  const { parts, budgetMs, run, save } = schedule;
  const end = performance.now() + budgetMs;
  const finished = new Map(schedule.finished.map((part) => [part.name, part]));
  const left = (): string[] => parts.map(({ name }) => name).filter((name) => !finished.has(name));
  const ordered = (): FinishedPart[] => parts.flatMap(({ name }) => finished.get(name) ?? []);
  for (const part of parts.filter(({ name }) => !finished.has(name))) {
    const remaining = end - performance.now();
    if (remaining <= 0) {
      break;
    }
    const result = await runWithin(Math.min(remaining, longestPartMs), part, run);
    if (result === undefined && remaining <= longestPartMs) {
      break;
    }
    finished.set(part.name, result ?? tooLong(part));
    save(ordered(), left());
  }
  save(ordered(), left());
  return { finished: ordered(), left: left() };
}

/** Returns undefined if the part did not finish in time. */
async function runWithin(
  limitMs: number,
  part: Part,
  run: Schedule["run"],
): Promise<FinishedPart | undefined> {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), limitMs);
  const started = performance.now();
  try {
    const result = await run(part, control.signal).catch(failure);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const { name, check } = part;
    return control.signal.aborted ? undefined : { name, check, ...result, seconds };
  } finally {
    clearTimeout(timer);
  }
}

/** Turns an error into a failed result with the last lines of its message. */
export function failure(error: unknown): PartResult {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, lines: message.trim().split("\n").slice(-6) };
}

function tooLong({ name, check }: Part): FinishedPart {
  const minutes = longestPartMs / 60_000;
  return {
    name,
    check,
    ok: false,
    lines: [`not finished after ${minutes} minutes, the limit of a part`],
    seconds: minutes * 60,
  };
}
