/** The exit codes of the program, as in the README. Above 128 it is 128 plus the number of the signal. */
export const exitCode = {
  ok: 0,
  runFailed: 1,
  usage: 2,
  noTensorFlow: 3,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** An error whose message is for the user: it is printed without a stack trace, and the program ends with its exit code. */
export class SeglossError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, options: { readonly exitCode: ExitCode; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "SeglossError";
    this.exitCode = options.exitCode;
  }
}

/** Returns the first line of an error's message, or of the text of anything else that was thrown. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split("\n")[0] ?? "";
}
