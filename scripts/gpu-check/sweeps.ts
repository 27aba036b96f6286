import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCsvs, runSegloss, sweepOnDevice } from "./child.js";
import type { Conditions, Part, PartResult } from "./part.js";

interface Report {
  readonly findings: readonly { readonly verdict: string }[];
}

/**
 * Measures whole sweeps from the start of the process to its end, all files written, and reports the study's
 * findings on them.
 */
export function sweepParts(quick: boolean): Part[] {
  const names = quick ? ["quick"] : ["original", "full"];
  return names.map((name) => ({
    name: `sweep, configs/${name}.json`,
    check: "sweep",
    run: (conditions) => measureSweep(conditions, name),
  }));
}

async function measureSweep(conditions: Conditions, name: string): Promise<PartResult> {
  const file = fileURLToPath(new URL(`../../configs/${name}.json`, import.meta.url));
  const { $schema: _, ...config } = JSON.parse(readFileSync(file, "utf8"));
  const changes = conditions.quick ? { steps: 251 } : {};
  const started = performance.now();
  const folder = await sweepOnDevice(conditions, name, { ...config, ...changes });
  const seconds = (performance.now() - started) / 1000;
  const runs = readFileSync(join(folder, "summary.csv"), "utf8").trim().split("\n").length - 1;
  const report: Report = JSON.parse(await runSegloss(["report", folder, "--json"], conditions));
  const verdicts = report.findings.map(({ verdict }) => verdict);
  const csvs = readCsvs(folder);
  const runSteps = [...csvs.values()].reduce((total, text) => total + text.split("\n").length - 2, 0);
  return {
    ok: csvs.size === runs,
    lines: [
      `${seconds.toFixed(1)} s, ${runs} runs, ${Math.round(runSteps / seconds).toLocaleString("en-US")} run-steps/s; findings: ${verdicts.join(", ")}`,
    ],
    data: { name, seconds, runs, csvs: csvs.size, runSteps, verdicts },
  };
}
