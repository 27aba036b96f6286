import { pluralize } from "../../src/terminal/messages.js";
import type { ScheduleResult } from "./schedule.js";

/** Formats the results, part by part, with a verdict at the end. */
export function formatTable({ finished, left }: ScheduleResult): string {
  const width = Math.max(...finished.map(({ name }) => name.length), 0);
  const blocks = finished.map(({ name, ok, seconds, lines }) =>
    [
      `${ok ? "ok    " : "FAILED"}  ${name.padEnd(width)}  ${seconds.toFixed(1)} s`,
      ...lines.map((line) => `        ${line}`),
    ].join("\n"),
  );
  return `${[...blocks, ...verdict({ finished, left })].join("\n")}\n`;
}

function verdict({ finished, left }: ScheduleResult): string[] {
  const failed = finished.filter(({ ok }) => !ok).length;
  const unfinished =
    left.length === 0
      ? []
      : [
          `Out of time: ${pluralize(left.length, "part")} left (${left.join("; ")}). The same command continues.`,
        ];
  if (failed > 0) {
    return [`${failed} of ${pluralize(finished.length, "part")} failed.`, ...unfinished];
  }
  return left.length === 0 ? [`All ${pluralize(finished.length, "part")} passed.`] : unfinished;
}
