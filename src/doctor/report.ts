import { styleText } from "node:util";
import type { DoctorFinding } from "./finding.js";

const labels = { ok: ["green", "ok   "], note: ["yellow", "note "], wrong: ["red", "WRONG"] } as const;

/** Formats findings as lines for a person: each remedy below its finding, a verdict at the end. */
export function formatFindings(findings: readonly DoctorFinding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, state, detail, remedy }) => {
    const [color, label] = labels[state];
    const first = `${styleText(color, label)}  ${name.padEnd(width)}  ${detail}`;
    return remedy === undefined ? [first] : [first, `${" ".repeat(width + 9)}-> ${remedy}`];
  });
  const count = findings.filter(({ state }) => state === "wrong").length;
  const verdict =
    count === 0 ? "Nothing is wrong." : `${count} ${count === 1 ? "thing is" : "things are"} wrong.`;
  return `${[...lines, verdict].join("\n")}\n`;
}

/** Formats findings for programs, as JSON: `{ok, findings: [{name, state, detail, remedy?}]}`. */
export function formatJson(findings: readonly DoctorFinding[]): string {
  const ok = findings.every(({ state }) => state !== "wrong");
  return `${JSON.stringify({ ok, findings }, undefined, 2)}\n`;
}
