import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkAgreement } from "./gpu-check/agreement.js";
import { type Check, type Conditions, failed, type Outcome, tableOf } from "./gpu-check/check.js";
import { checkDeterminism } from "./gpu-check/determinism.js";
import { checkDoctor } from "./gpu-check/doctor.js";
import { checkFixture } from "./gpu-check/fixture.js";
import { checkRates } from "./gpu-check/rates.js";
import { checkSweep } from "./gpu-check/sweep.js";

/**
 * `npm run gpu-check`: everything that can only be known on a machine with a GPU. It needs no network, but `npm run setup`
 * before it. Ends with a table on stdout and a JSON file (runs/gpu-check.json), and with exit code 1 if a check failed.
 *
 *     npm run gpu-check [-- --device gpu|cpu] [--quick] [--only doctor,fixture,agreement,determinism,rates,sweep] [--json FILE]
 *
 * With --device cpu it does the same on the CPU, all runs of a program in lanes as on a GPU; with --quick little of everything.
 */
const checks: readonly Check[] = [
  { name: "doctor", run: checkDoctor },
  { name: "fixture", run: checkFixture },
  { name: "agreement", run: checkAgreement },
  { name: "determinism", run: checkDeterminism },
  { name: "rates", run: checkRates },
  { name: "sweep", run: checkSweep },
];

const { values: flags } = parseArgs({
  options: {
    device: { type: "string", default: "gpu" },
    quick: { type: "boolean", default: false },
    only: { type: "string", default: checks.map(({ name }) => name).join(",") },
    json: { type: "string", default: "runs/gpu-check.json" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "segloss-gpu-check-"));
try {
  await checkAll({ device: flags.device === "cpu" ? "cpu" : "gpu", quick: flags.quick, folder });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function checkAll(conditions: Conditions): Promise<void> {
  const asked = new Set(flags.only.split(","));
  const outcomes: (Outcome & { readonly name: string; readonly seconds: number })[] = [];
  for (const { name, run } of checks.filter((check) => asked.has(check.name))) {
    process.stderr.write(`${name} ...\n`);
    const started = performance.now();
    const outcome = await run(conditions).catch(failed);
    outcomes.push({ name, ...outcome, seconds: Math.round((performance.now() - started) / 100) / 10 });
    // After each: what follows may take the machine down.
    writeFileSync(
      flags.json,
      `${JSON.stringify({ ...conditions, folder: undefined, outcomes }, undefined, 2)}\n`,
    );
  }
  process.stdout.write(tableOf(outcomes));
  process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
}
