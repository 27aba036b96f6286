import { exitCode } from "../error.js";
import type { Signal } from "./contract.js";

const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated } as const;

/**
 * Calls `stop` at the first SIGINT or SIGTERM; at a second one `kill`, and ends the program at once. Gives a function that
 * restores what was before.
 */
export function onSignals(stop: (signal: Signal) => void, kill: () => void): () => void {
  let heard = false;
  const handlers = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const handler = (): void => {
      if (heard) {
        kill();
        showCursor();
        process.exit(codes[signal]);
      }
      heard = true;
      stop(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) {
      process.off(signal, handler);
    }
  };
}

/** The bar hides it. */
function showCursor(): void {
  if (process.stderr.isTTY) {
    process.stderr.write("\r\u001B[K\u001B[?25h");
  }
}
