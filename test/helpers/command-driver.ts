import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const program = fileURLToPath(new URL("command-driver.mjs", import.meta.url));

/** A command that hangs is ended after this time. */
const hangSeconds = 60;

/** A process that has grown to this is replaced: what one command leaves behind would count as memory of the next. */
const largeMegabytes = 250;

/** How a command ended, and what it took. */
export interface EndedCommand {
  readonly words: readonly string[];
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Of the processor. */
  readonly seconds: number;
  /** The most memory of the process while the command ran, its libraries and what was left of other commands included. */
  readonly megabytes: number;
}

/** Runs commands in a process that stays. */
export interface CommandDriver {
  /**
   * Runs commands one after another in a folder, `home/home` being the user's. Rejects if a command ends the process or
   * hangs; the next call then starts another process.
   */
  run(commands: readonly (readonly string[])[], home: string): Promise<readonly EndedCommand[]>;
  close(): void;
}

/** Opens a driver of the built program. It runs the commands of one call after those of another. */
export function openCommandDriver(): CommandDriver {
  let child: ChildProcess | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const runNow = (commands: readonly (readonly string[])[], home: string) =>
    new Promise<readonly EndedCommand[]>((resolve, reject) => {
      child ??= fork(program, [main], { execArgv: ["--expose-gc"] });
      const current = child;
      const ended: EndedCommand[] = [];
      const onMessage = (message: unknown) => {
        ended.push(message as EndedCommand);
        timer.refresh();
        if (ended.length === commands.length) {
          settle(() => resolve(ended));
          if (ended.some(({ megabytes }) => megabytes > largeMegabytes)) {
            current.kill("SIGKILL");
            child = undefined;
          }
        }
      };
      const onExit = (code: number | null, signal: string | null) => {
        child = undefined;
        const words = commands[ended.length]?.join(" ");
        settle(() => reject(new Error(`segloss ${words} ended the process: ${signal ?? code}`)));
      };
      const timer = setTimeout(() => current.kill("SIGKILL"), hangSeconds * 1000);
      const settle = (done: () => void) => {
        clearTimeout(timer);
        current.off("message", onMessage).off("exit", onExit);
        done();
      };
      current.on("message", onMessage).on("exit", onExit);
      current.send({ home, commands });
    });
  return {
    run(commands, home) {
      const result = last.then(() => runNow(commands, home));
      last = result.catch(() => {});
      return result;
    },
    close() {
      child?.kill("SIGKILL");
    },
  };
}
