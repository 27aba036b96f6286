import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Conditions, Outcome } from "./check.js";
import { csvsIn, segloss, sweepOnDevice } from "./program.js";

interface Report {
  readonly findings: readonly { readonly verdict: string }[];
}

/** How long whole sweeps take from shell to shell, all files written, and whether what they show is what the study found. */
export async function checkSweep(conditions: Conditions): Promise<Outcome> {
  const names = conditions.quick ? ["quick"] : ["original", "full"];
  const sweeps = [];
  for (const name of names) {
    sweeps.push(await timed(conditions, name));
  }
  return {
    ok: sweeps.every(({ files, runs }) => files === runs),
    lines: sweeps.map(
      ({ name, seconds, runs, steps, verdicts }) =>
        `configs/${name}.json: ${seconds.toFixed(1)} s, ${runs} runs, ${Math.round(steps / seconds)} run-steps/s; findings: ${verdicts.join(", ")}`,
    ),
    data: sweeps,
  };
}

async function timed(conditions: Conditions, name: string) {
  const file = fileURLToPath(new URL(`../../configs/${name}.json`, import.meta.url));
  const { $schema: _, ...config } = JSON.parse(readFileSync(file, "utf8"));
  const steps = conditions.quick ? { steps: 251 } : {};
  const started = performance.now();
  const folder = await sweepOnDevice(conditions, name, { ...config, ...steps });
  const seconds = (performance.now() - started) / 1000;
  const summary = readFileSync(join(folder, "summary.csv"), "utf8").trim().split("\n").length - 1;
  const report: Report = JSON.parse(await segloss(["report", folder, "--json"]));
  const csvs = csvsIn(folder);
  const rows = [...csvs.values()].reduce((total, text) => total + text.split("\n").length - 2, 0);
  return {
    name,
    seconds,
    runs: summary,
    files: csvs.size,
    steps: rows,
    verdicts: report.findings.map(({ verdict }) => verdict),
  };
}
