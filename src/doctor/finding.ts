import { type ExitCode, exitCode } from "../errors.js";

/** One thing that was looked at. `wrong` is what keeps segloss, or the GPU that it was set up for, from working; `note` only could be better. */
export interface DoctorFinding {
  readonly name: string;
  readonly state: "ok" | "note" | "wrong";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export function ok(name: string, detail: string): DoctorFinding {
  return { name, state: "ok", detail };
}

export function note(name: string, detail: string, remedy?: string): DoctorFinding {
  return { name, state: "note", detail, ...(remedy === undefined ? {} : { remedy }) };
}

export function wrong(name: string, detail: string, remedy: string): DoctorFinding {
  return { name, state: "wrong", detail, remedy };
}

/** 0 only if nothing is wrong. */
export function doctorExitCode(findings: readonly DoctorFinding[]): ExitCode {
  return findings.every(({ state }) => state !== "wrong") ? exitCode.ok : exitCode.noTensorFlow;
}
