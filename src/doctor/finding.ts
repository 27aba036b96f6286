import { type ExitCode, exitCode } from "../error.js";

/** One thing that was looked at. `wrong` is what keeps segloss, or the GPU that it was set up for, from working; `note` only could be better. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "note" | "wrong";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function ok(name: string, detail: string): Finding {
  return { name, state: "ok", detail };
}

export function note(name: string, detail: string, remedy?: string): Finding {
  return { name, state: "note", detail, ...(remedy === undefined ? {} : { remedy }) };
}

export function wrong(name: string, detail: string, remedy: string): Finding {
  return { name, state: "wrong", detail, remedy };
}

/** 0 only if nothing is wrong. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  return findings.every(({ state }) => state !== "wrong") ? exitCode.ok : exitCode.noTensorFlow;
}
