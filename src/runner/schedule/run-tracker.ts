import type { Display } from "../../terminal/progress.js";
import type { Task } from "../workers/protocol.js";

/** What became of the runs of a sweep. */
export interface RunCounts {
  readonly finished: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  readonly withNaN: readonly string[];
}

/** Who has which run in hand, how far it is, and what came of it; tells the display. */
export interface RunTracker<Holder> {
  give(tasks: readonly Task[], holder: Holder): void;
  /** A run begins, after so many steps that were done earlier. */
  begin(name: string, steps: number): void;
  /** A run has come to so many steps. */
  reach(name: string, steps: number): void;
  finish(name: string, hasNaN: boolean, accuracy: number | undefined): void;
  fail(name: string, message: string): void;
  /** The runs that somebody was given and has neither finished nor failed. */
  heldBy(holder: Holder): readonly Task[];
  result(): RunCounts;
}

/** Opens a ledger in which no run is given yet. */
export function openRunTracker<Holder>(display: Display): RunTracker<Holder> {
  const open = new Map<string, { readonly task: Task; readonly holder: Holder; steps: number }>();
  const failed: { name: string; message: string }[] = [];
  const withNaN: string[] = [];
  let finished = 0;
  const reach = (name: string, steps: number, tell: (count: number) => void): void => {
    const entry = open.get(name);
    // What comes after a run's end is no news.
    if (entry !== undefined) {
      tell(steps - entry.steps);
      entry.steps = steps;
    }
  };
  const stepsOf = (name: string): number => open.get(name)?.task.run.cell.steps ?? 0;
  return {
    give(tasks, holder) {
      for (const task of tasks) {
        open.set(task.name, { task, holder, steps: 0 });
      }
    },
    begin: (name, steps) => reach(name, steps, display.resumed),
    reach: (name, steps) => reach(name, steps, display.steps),
    finish(name, hasNaN, accuracy) {
      reach(name, stepsOf(name), display.steps);
      open.delete(name);
      finished += 1;
      if (hasNaN) {
        withNaN.push(name);
      }
      display.run(
        accuracy === undefined ? `done: ${name}` : `done: ${name}, accuracy ${accuracy.toFixed(4)}`,
      );
    },
    fail(name, message) {
      reach(name, stepsOf(name), (left) => display.dropped(left));
      open.delete(name);
      failed.push({ name, message });
      display.line(`failed: ${name}: ${message}`);
    },
    heldBy: (holder) => [...open.values()].filter((entry) => entry.holder === holder).map(({ task }) => task),
    result: () => ({ finished, failed, withNaN }),
  };
}
