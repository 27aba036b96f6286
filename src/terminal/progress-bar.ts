import { Presets, SingleBar } from "cli-progress";

/** A progress bar in the last line of the terminal. */
export interface ProgressBar {
  /** Draws the bar again if the last time is a while ago. Needed only where the event loop is blocked: a timer does it too. */
  refresh(): void;
  /** Prints a line above the bar, or in its place once it is closed. */
  print(line: string): void;
  /** Removes the bar. A second call does nothing. */
  close(): void;
}

/** The state of a progress bar. */
export interface BarState {
  /** Done so far, in [0, 1]. */
  readonly share: number;
  readonly text: string;
}

/**
 * True if a bar can be drawn: stderr is a terminal that can move its cursor, and no other program draws on the same screen.
 *
 * @param dataOnStdout whether data is printed to stdout; where that is the terminal too, a bar would be torn up by it
 */
export function canDrawBar(dataOnStdout = false): boolean {
  const { stdout, stderr, env } = process;
  // With stdout in a pipe the next program may be a pager, which draws on the same screen.
  const isShared = stdout.isTTY === true ? dataOnStdout : stdout.constructor.name === "Socket";
  return stderr.isTTY === true && env.TERM !== "dumb" && !isShared;
}

/** Opens a bar that shows the current `state()`, several times a second. */
export function openProgressBar(state: () => BarState): ProgressBar {
  const bar = new SingleBar(
    {
      format: () => {
        const { share, text } = state();
        return barLine(share, text, terminalWidth());
      },
      linewrap: true,
      fps: 5,
      // A line printed above the bar wipes it: draw it again even if it has not changed.
      forceRedraw: true,
      clearOnComplete: true,
      gracefulExit: false,
      stream: barStream as unknown as NodeJS.WritableStream,
    },
    Presets.shades_classic,
  );
  let isOpen = true;
  bar.start(1, 0);
  return {
    refresh: () => bar.update(0),
    print(line) {
      process.stderr.write(`${isOpen ? "\r\u001B[K" : ""}${line}\n`);
    },
    close() {
      if (isOpen) {
        isOpen = false;
        bar.stop();
      }
    },
  };
}

/**
 * stderr for a bar that may vanish at any moment. Whatever the bar switches off would stay off if this process is killed, so
 * it neither hides the cursor nor stops lines from wrapping. It must not save and restore the cursor's position either:
 * lines are printed in between.
 */
const barStream = {
  isTTY: true,
  get columns(): number {
    return terminalWidth();
  },
  write(text: string): boolean {
    return text === "\u001B7" || text === "\u001B8" || process.stderr.write(text);
  },
};

function terminalWidth(): number {
  // Some terminals report a width of 0.
  return process.stderr.columns || 80;
}

/** Returns a bar with its text; on a terminal too narrow for both only the text, cut to fit. */
export function barLine(share: number, text: string, columns: number): string {
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const room = Math.min(40, columns - text.length - percent.length - 4);
  if (room < 5) {
    return `${percent} ${text}`.slice(0, Math.max(0, columns - 1));
  }
  const full = Math.round(share * room);
  return `${"█".repeat(full)}${"░".repeat(room - full)} ${percent}  ${text}`;
}

/** The progress of a stage that handles one item after the other. */
export interface StageProgress {
  /** Counts one more item as done. */
  readonly step: () => void;
  /** Removes the bar. */
  readonly stop: () => void;
}

/** As few items as this are done before a bar could be read. */
const fewItems = 3;

/** Opens a bar such as "reading 3 of 108" if a person is watching; otherwise, and with `quiet`, prints nothing. */
export function openStageProgress(verb: string, total: number, quiet: boolean): StageProgress {
  if (quiet || total <= fewItems || !canDrawBar()) {
    return { step() {}, stop() {} };
  }
  let done = 0;
  const bar = openProgressBar(() => ({ share: done / total, text: `${verb} ${done} of ${total}` }));
  return {
    step() {
      done += 1;
      bar.refresh();
    },
    stop: bar.close,
  };
}
