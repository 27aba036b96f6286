/** Under what conditions the checks are made. */
export interface Conditions {
  readonly device: "cpu" | "gpu";
  /** A little of everything, in a minute or two. */
  readonly quick: boolean;
  /** Scratch space. */
  readonly folder: string;
}

export interface Outcome {
  readonly ok: boolean;
  /** Lines for the table. */
  readonly lines: readonly string[];
  /** All numbers, for the JSON file. */
  readonly data?: unknown;
}

export interface Check {
  readonly name: string;
  readonly run: (conditions: Conditions) => Promise<Outcome>;
}

/** The outcome of a check that fell over. */
export function failed(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, lines: message.trim().split("\n").slice(-6) };
}

/** What was found, check by check, and a verdict. */
export function tableOf(
  outcomes: readonly (Outcome & { readonly name: string; readonly seconds: number })[],
): string {
  const blocks = outcomes.map(({ name, ok, seconds, lines }) =>
    [
      `${ok ? "ok    " : "FAILED"}  ${name.padEnd(12)} ${seconds.toFixed(1)} s`,
      ...lines.map((line) => `        ${line}`),
    ].join("\n"),
  );
  const count = outcomes.filter(({ ok }) => !ok).length;
  const verdict = count === 0 ? "All checks passed." : `${count} of ${outcomes.length} checks failed.`;
  return `${[...blocks, verdict].join("\n")}\n`;
}
