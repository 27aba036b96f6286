import { Presets, SingleBar } from "cli-progress";
import { openRate } from "./rate.js";

/** What a person sees of a sweep or run while it works. All of it goes to stderr. */
export interface Display {
  /** So many more run-steps are done. */
  steps(count: number): void;
  /** So many were done before: they are progress, but not of this hour. */
  resumed(count: number): void;
  /** So many will not be done. */
  dropped(count: number): void;
  /** A line that stays: above the bar, where there is one. */
  line(text: string): void;
  /** One more run is through. `text` is shown where there is no bar. */
  run(text: string): void;
  /** Takes the bar away. A second call does nothing. */
  close(): void;
}

export interface DisplayOptions {
  /** Run-steps in all, and runs. */
  readonly steps: number;
  readonly runs: number;
  readonly quiet: boolean;
  readonly progress: boolean;
  /** The CSV goes to stdout: if that is the terminal, there is no place for a bar. */
  readonly dataOnStdout?: boolean;
}

const nothing = (): void => {};
const silent: Display = {
  steps: nothing,
  resumed: nothing,
  dropped: nothing,
  line: nothing,
  run: nothing,
  close: nothing,
};

/** A bar on a terminal; elsewhere a line per run. */
export function openDisplay(options: DisplayOptions): Display {
  if (options.quiet) {
    return silent;
  }
  return options.progress && canDraw(options) ? openBar(options) : { ...silent, line: say, run: say };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether there is a terminal that can move its cursor, and nothing else is on its screen. */
function canDraw({ dataOnStdout = false }: DisplayOptions): boolean {
  const { stdout, stderr, env } = process;
  // With stdout in a pipe the next program may be a pager, which draws on the same screen.
  const isShared = stdout.isTTY === true ? dataOnStdout : stdout.constructor.name === "Socket";
  return stderr.isTTY === true && env.TERM !== "dumb" && !isShared;
}

/**
 * stderr for a bar that may vanish at any moment. Whatever the bar has switched off would stay off if this process is killed,
 * so it neither hides the cursor nor stops lines from wrapping; nor may it save the cursor's place and go back there, as
 * lines have been printed since.
 */
const screen = {
  isTTY: true,
  get columns(): number {
    return width();
  },
  write(text: string): boolean {
    return text === "\u001B7" || text === "\u001B8" || process.stderr.write(text);
  },
};

function width(): number {
  // Some terminals tell a width of 0.
  return process.stderr.columns || 80;
}

function openBar({ steps, runs }: DisplayOptions): Display {
  const rate = openRate();
  let [total, stepsDone, runsDone] = [steps, 0, 0];
  const bar = new SingleBar(
    {
      format: () =>
        fitted(
          stepsDone / Math.max(1, total),
          status({ stepsDone, total, runsDone, runs, rate: rate.perSecond() }),
          width(),
        ),
      linewrap: true,
      fps: 5,
      // Lines printed above it wipe it, also when it would look the same again.
      forceRedraw: true,
      clearOnComplete: true,
      gracefulExit: false,
      stream: screen as unknown as NodeJS.WritableStream,
    },
    Presets.shades_classic,
  );
  let isOpen = true;
  bar.start(1, 0);
  return {
    steps(count) {
      rate.add(count);
      stepsDone += count;
    },
    resumed(count) {
      stepsDone += count;
    },
    dropped(count) {
      total -= count;
    },
    line(text) {
      process.stderr.write(`${isOpen ? "\r\u001B[K" : ""}${text}\n`);
    },
    run() {
      runsDone += 1;
    },
    close() {
      if (isOpen) {
        isOpen = false;
        bar.stop();
      }
    },
  };
}

export interface Standing {
  readonly stepsDone: number;
  readonly total: number;
  readonly runsDone: number;
  readonly runs: number;
  /** Run-steps per second. */
  readonly rate: number;
}

/** "31 of 108 runs, 11,200 run-steps/s, 1:23 left" */
export function status({ stepsDone, total, runsDone, runs, rate }: Standing): string {
  const left = rate > 0 ? clock((total - stepsDone) / rate) : "?";
  const grouped = Math.round(rate).toLocaleString("en-US");
  return `${runsDone} of ${runs} ${runs === 1 ? "run" : "runs"}, ${grouped} run-steps/s, ${left} left`;
}

/** Seconds as h:mm:ss or m:ss. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The bar takes what the text leaves of the line; on a narrow terminal the text alone is shown, cut. */
export function fitted(share: number, text: string, columns: number): string {
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const room = Math.min(40, columns - text.length - percent.length - 4);
  if (room < 5) {
    return `${percent} ${text}`.slice(0, Math.max(0, columns - 1));
  }
  const full = Math.round(share * room);
  return `${"█".repeat(full)}${"░".repeat(room - full)} ${percent}  ${text}`;
}
