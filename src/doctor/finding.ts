import { type ExitCode, exitCode } from "../errors.js";

/**
 * The result of one check. `wrong` means that segloss, or the GPU that it was set up for, does not work;
 * `note` that something could be better.
 */
export interface DoctorFinding {
  readonly name: string;
  readonly state: "ok" | "note" | "wrong";
  readonly detail: string;
  /** The command or action that helps. */
  readonly remedy?: string;
}

export function ok(name: string, detail: string): DoctorFinding {
  return { name, state: "ok", detail };
}

export function note(name: string, detail: string, remedy: string): DoctorFinding {
  return { name, state: "note", detail, remedy };
}

export function wrong(name: string, detail: string, remedy: string): DoctorFinding {
  return { name, state: "wrong", detail, remedy };
}

/** Returns the exit code of `segloss doctor`: 0 only if nothing is wrong. */
export function doctorExitCode(findings: readonly DoctorFinding[]): ExitCode {
  return findings.every(({ state }) => state !== "wrong") ? exitCode.ok : exitCode.noTensorFlow;
}
