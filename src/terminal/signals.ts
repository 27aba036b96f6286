import { exitCode } from "../errors.js";
import { hangUp } from "./hang-up.js";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

const codes = {
  SIGINT: exitCode.interrupted,
  SIGTERM: exitCode.terminated,
  SIGHUP: exitCode.hungUp,
} as const;

/** One Ctrl-C may come twice: from the terminal, and handed on by npm. What comes this soon is the same. */
const sameMs = 300;

/** The exit code of a program that a signal has ended. */
export function signalExitCode(signal: Signal): (typeof codes)[Signal] {
  return codes[signal];
}

/** Asks from outside to end: Ctrl-C, kill, a terminal that closes. */
export interface Interruption {
  /** The signal that came first, if one did. */
  readonly signal: () => Signal | undefined;
  /** Calls `stop` at the first signal, at once if it has come, and `kill` at a second one, which ends the program. */
  readonly attend: (handlers: { readonly stop: () => void; readonly kill: () => void }) => void;
  /** Leaves signals to do what they do by themselves. */
  readonly release: () => void;
}

/** Attends to signals until released. */
export function watchSignals(): Interruption {
  let signal: Signal | undefined;
  let heardAt = 0;
  let stop = (): void => {};
  let kill = (): void => {};
  const hear = (heard: Signal): void => {
    if (signal === undefined) {
      signal = heard;
      heardAt = performance.now();
      stop();
    } else if (performance.now() - heardAt > sameMs) {
      kill();
      if (heard === "SIGHUP") {
        hangUp();
      }
      process.exit(signalExitCode(heard));
    }
  };
  const signals = Object.keys(codes) as Signal[];
  for (const name of signals) {
    process.on(name, hear);
  }
  return {
    signal: () => signal,
    attend(handlers) {
      ({ stop, kill } = handlers);
      if (signal !== undefined) {
        stop();
      }
    },
    release() {
      for (const name of signals) {
        process.off(name, hear);
      }
    },
  };
}
