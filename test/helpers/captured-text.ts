import { mock } from "node:test";

/** The text that is written to a stream while it is captured. */
export interface CapturedText {
  text(): string;
  /** Ends the capture. */
  restore(): void;
}

/**
 * Captures the text written to stdout or stderr. Bytes go through: the test runner reports by them, in the same process.
 */
export function captureText(stream: NodeJS.WriteStream): CapturedText {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  const texts: string[] = [];
  const replaced = mock.method(stream, "write", (chunk: unknown, ...rest: unknown[]) => {
    if (typeof chunk !== "string") {
      return write(chunk, ...rest);
    }
    texts.push(chunk);
    return true;
  });
  return { text: () => texts.join(""), restore: () => replaced.mock.restore() };
}
