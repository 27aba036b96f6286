import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Outcome {
  /** undefined if the command could not be started or was stopped. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
let stopped = false;

/** Runs a command to its end and keeps what it says; `onLine` sees each line of its stdout as it comes. Never throws: a command that is not there has no code. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly onLine?: (line: string) => void } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const said = { stdout: "", stderr: "" };
    createInterface({ input: child.stdout }).on("line", (line) => {
      said.stdout += `${line}\n`;
      options.onLine?.(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.stderr += text;
    });
    child.on("error", (error) => resolve({ code: undefined, stdout: "", stderr: error.message }));
    child.on("close", (code) => {
      running.delete(child);
      // Stopped commands have not failed: whoever waits for one would only report it.
      if (!stopped) {
        resolve({ code: code ?? undefined, ...said });
      }
    });
  });
}

/** Stops what is running, when set-up itself is told to stop, and waits until it has; who waits for one of the commands waits for ever. */
export async function stopCommands(): Promise<void> {
  stopped = true;
  const ends = [...running].map((child) => new Promise((resolve) => child.once("close", resolve)));
  for (const child of running) {
    child.kill();
  }
  await Promise.all(ends);
}
