import { pluralize, printLine } from "./messages.js";
import { canDrawBar, openProgressBar } from "./progress-bar.js";

/** The progress of a sweep or a single run, on stderr. */
export interface RunProgressDisplay {
  /** Adds steps that were trained now. */
  addSteps(count: number): void;
  /** Adds steps of a resumed run that were trained earlier: they count as done but not for the rate. */
  addResumedSteps(count: number): void;
  /** Removes steps that will not be trained from the total. */
  dropSteps(count: number): void;
  /** Prints a line that stays, above the bar if there is one. */
  print(line: string): void;
  /** Counts one more run as finished. Prints `line` if there is no bar. */
  finishRun(line: string): void;
  /** Removes the bar. A second call does nothing. */
  close(): void;
}

/** What `openRunProgress` needs to know. */
export interface RunProgressOptions {
  /** Steps of all runs together. */
  readonly steps: number;
  readonly runs: number;
  readonly quiet: boolean;
  /** Whether a bar is wanted. */
  readonly progress: boolean;
  /** Whether the CSV goes to stdout. */
  readonly dataOnStdout?: boolean;
}

const silent: RunProgressDisplay = {
  addSteps() {},
  addResumedSteps() {},
  dropSteps() {},
  print() {},
  finishRun() {},
  close() {},
};

/** Opens a bar on a terminal; elsewhere every finished run prints a line, and with `quiet` nothing is printed. */
export function openRunProgress(options: RunProgressOptions): RunProgressDisplay {
  if (options.quiet) {
    return silent;
  }
  return options.progress && canDrawBar(options.dataOnStdout)
    ? openBar(options)
    : { ...silent, print: printLine, finishRun: printLine };
}

function openBar({ steps, runs }: RunProgressOptions): RunProgressDisplay {
  const rate = createStepRate();
  let [total, stepsDone, runsDone] = [steps, 0, 0];
  const bar = openProgressBar(() => ({
    share: stepsDone / Math.max(1, total),
    text: statusText({ stepsDone, total, runsDone, runs, rate: rate.perSecond() }),
  }));
  return {
    addSteps(count) {
      rate.add(count);
      stepsDone += count;
    },
    addResumedSteps(count) {
      stepsDone += count;
    },
    dropSteps(count) {
      total -= count;
    },
    print: bar.print,
    finishRun() {
      runsDone += 1;
    },
    close: bar.close,
  };
}

/** The figures of `statusText`. */
export interface RunStatus {
  readonly stepsDone: number;
  readonly total: number;
  readonly runsDone: number;
  readonly runs: number;
  /** Run-steps per second; 0 before the first steps. */
  readonly rate: number;
}

/**
 * Returns a status such as "31 of 108 runs, 11,200 run-steps/s, 1:23 left". Before the first steps, which take their time,
 * it says what is done instead.
 */
export function statusText({ stepsDone, total, runsDone, runs, rate }: RunStatus): string {
  const done = `${runsDone} of ${pluralize(runs, "run")}`;
  if (rate === 0) {
    return `${done}, compiling the training step`;
  }
  const left = clockText((total - stepsDone) / rate);
  return `${done}, ${Math.round(rate).toLocaleString("en-US")} run-steps/s, ${left} left`;
}

/** Returns seconds as h:mm:ss or m:ss, rounded up. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Recent steps per second. */
export interface StepRate {
  add(steps: number): void;
  /** 0 until it is known. */
  perSecond(): number;
}

/** Long enough that chunks of some seconds make a steady rate, short enough to follow a change of speed. */
const windowSeconds = 30;

/** Creates a rate over the last half minute. It starts with the first steps, so start-up does not count. `now` is in ms. */
export function createStepRate(now: () => number = () => performance.now()): StepRate {
  const samples: { readonly at: number; readonly steps: number }[] = [];
  let total = 0;
  return {
    add(steps) {
      total += steps;
      const at = now();
      samples.push({ at, steps: total });
      while (samples.length > 2 && at - (samples[1]?.at ?? at) > windowSeconds * 1000) {
        samples.shift();
      }
    },
    perSecond() {
      const [first] = samples;
      const seconds = first === undefined ? 0 : (now() - first.at) / 1000;
      return first === undefined || seconds < 0.1 ? 0 : (total - first.steps) / seconds;
    },
  };
}
