import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface SubprocessResult {
  /** undefined if the command could not be started or was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
let isStopped = false;

/**
 * Runs a command to its end and returns its output. Calls `onLine` for each line of stdout as it comes. Never
 * throws: the result of a command that does not exist has no code.
 */
export function runSubprocess(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly onLine?: (line: string) => void } = {},
): Promise<SubprocessResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const output = { stdout: "", stderr: "" };
    createInterface({ input: child.stdout }).on("line", (line) => {
      output.stdout += `${line}\n`;
      options.onLine?.(line);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    child.on("error", (error) => resolve({ code: undefined, stdout: "", stderr: error.message }));
    child.on("close", (code) => {
      running.delete(child);
      // A stopped command has not failed: its caller would only report an error during the clean-up.
      if (!isStopped) {
        resolve({ code: code ?? undefined, ...output });
      }
    });
  });
}

/** Stops all running commands and waits for their end. The promises of their callers never settle. */
export async function stopSubprocesses(): Promise<void> {
  isStopped = true;
  const ends = [...running].map((child) => new Promise((resolve) => child.once("close", resolve)));
  for (const child of running) {
    child.kill();
  }
  await Promise.all(ends);
}
