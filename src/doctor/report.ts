import { styleText } from "node:util";
import type { DoctorFinding } from "./finding.js";

const marks = { ok: ["green", "ok   "], note: ["yellow", "note "], wrong: ["red", "WRONG"] } as const;

/** The findings as lines for a person, the remedy under what needs one, a verdict last. */
export function formatFindings(findings: readonly DoctorFinding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, state, detail, remedy }) => {
    const [colour, mark] = marks[state];
    const first = `${styleText(colour, mark)}  ${name.padEnd(width)}  ${detail}`;
    return remedy === undefined ? [first] : [first, `${" ".repeat(width + 9)}-> ${remedy}`];
  });
  const count = findings.filter(({ state }) => state === "wrong").length;
  const verdict = count === 0 ? "All is well." : `${count} ${count === 1 ? "thing is" : "things are"} wrong.`;
  return `${[...lines, verdict].join("\n")}\n`;
}

/** The same for programs: `{ok, findings: [{name, state, detail, remedy?}]}`. */
export function formatJson(findings: readonly DoctorFinding[]): string {
  const ok = findings.every(({ state }) => state !== "wrong");
  return `${JSON.stringify({ ok, findings }, undefined, 2)}\n`;
}
