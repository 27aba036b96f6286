import { Presets, SingleBar } from "cli-progress";

/** What a person sees of a sweep or run while it works. All of it goes to stderr. */
export interface Display {
  /** So many more run-steps are done. */
  steps(count: number): void;
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
}

/** A bar on a terminal; elsewhere a line per run. */
export function openDisplay(options: DisplayOptions): Display {
  if (options.quiet) {
    return { steps() {}, line() {}, run() {}, close() {} };
  }
  return options.progress && canDraw() ? openBar(options) : openLines();
}

/** Whether there is a terminal that can move its cursor, and no other program's screen is in the way. */
function canDraw(): boolean {
  return process.stderr.isTTY === true && process.env.TERM !== "dumb" && !pipesToTerminalProgram();
}

// With stdout piped, the next program may be a pager that draws on the same screen.
function pipesToTerminalProgram(): boolean {
  return process.stdout.isTTY !== true && process.stdout.constructor.name === "Socket";
}

function openLines(): Display {
  const line = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  return { steps() {}, line, run: line, close() {} };
}

function openBar({ steps: total, runs }: DisplayOptions): Display {
  const started = performance.now();
  let stepsDone = 0;
  let runsDone = 0;
  let isOpen = true;
  const bar = new SingleBar(
    {
      format: (_options, params, payload: { text: string }) => fitted(params.progress, payload.text),
      hideCursor: true,
      clearOnComplete: true,
      fps: 10,
      gracefulExit: false,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const payload = (): { text: string } => ({ text: status(stepsDone, total, runsDone, runs, started) });
  bar.start(Math.max(1, total), 0, payload());
  return {
    steps(count) {
      stepsDone += count;
      bar.update(stepsDone, payload());
    },
    line(text) {
      if (!isOpen) {
        process.stderr.write(`${text}\n`);
        return;
      }
      process.stderr.write(`\r\u001B[K${text}\n`);
      bar.render();
    },
    run() {
      runsDone += 1;
      bar.update(stepsDone, payload());
    },
    close() {
      if (isOpen) {
        isOpen = false;
        bar.stop();
      }
    },
  };
}

/** "31 of 108 runs, 11,200 run-steps/s, 1:23 left" */
export function status(
  stepsDone: number,
  total: number,
  runsDone: number,
  runs: number,
  started: number,
): string {
  const seconds = (performance.now() - started) / 1000;
  const rate = stepsDone / Math.max(seconds, 1e-3);
  const left = stepsDone > 0 ? clock((total - stepsDone) / rate) : "?";
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
function fitted(share: number, text: string): string {
  const columns = process.stderr.columns ?? 80;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const room = Math.min(40, columns - text.length - percent.length - 4);
  if (room < 5) {
    return `${percent} ${text}`.slice(0, Math.max(0, columns - 1));
  }
  const full = Math.round(share * room);
  return `${"█".repeat(full)}${"░".repeat(room - full)} ${percent}  ${text}`;
}
