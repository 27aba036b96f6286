import { exitCode } from "../errors.js";

/** A signal that asks the program to end: Ctrl-C, kill, a terminal that closes. */
export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

const codes = {
  SIGINT: exitCode.interrupted,
  SIGTERM: exitCode.terminated,
  SIGHUP: exitCode.hungUp,
} as const;

/**
 * One signal may arrive twice: Ctrl-C from the terminal and from npm; in a job of Slurm from Slurm and, later if the node is busy,
 * from the script, which passes it on. So a signal within this time of the first is the same one.
 */
const repeatMs = process.env.SLURM_JOB_ID === undefined ? 300 : 10_000;

/** Returns the exit code of a program that a signal has ended. */
export function signalExitCode(signal: Signal): (typeof codes)[Signal] {
  return codes[signal];
}

/** What a program does when a signal asks it to end. */
export interface InterruptionHandlers {
  /** Called at the first signal: save and end. */
  readonly stop: () => void;
  /** Called at a second one, just before the program exits. */
  readonly kill: () => void;
}

/** Watches for signals that ask the program to end. */
export interface Interruption {
  /** Returns the first signal; undefined if there was none. */
  signal(): Signal | undefined;
  /** Sets the handlers. Calls `stop` at once if a signal has already arrived. */
  handle(handlers: InterruptionHandlers): void;
  /** Restores what signals did before. */
  release(): void;
}

/** Watches signals until released. A second signal ends the program with its exit code. */
export function watchSignals(): Interruption {
  let signal: Signal | undefined;
  let receivedAt = 0;
  let stop = (): void => {};
  let kill = (): void => {};
  const receive = (received: Signal): void => {
    if (signal === undefined) {
      signal = received;
      receivedAt = performance.now();
      stop();
    } else if (performance.now() - receivedAt > repeatMs) {
      kill();
      if (received === "SIGHUP") {
        hangUp();
      }
      process.exit(signalExitCode(received));
    }
  };
  const signals = Object.keys(codes) as Signal[];
  for (const name of signals) {
    process.on(name, receive);
  }
  return {
    signal: () => signal,
    handle(handlers) {
      ({ stop, kill } = handlers);
      if (signal !== undefined) {
        stop();
      }
    },
    release() {
      for (const name of signals) {
        process.off(name, receive);
      }
    },
  };
}

/**
 * Ends the program by SIGHUP itself, so that its exit status is the usual one. Node's own exit would restore the terminal,
 * and aborts where that is gone.
 */
export function hangUp(): void {
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}
