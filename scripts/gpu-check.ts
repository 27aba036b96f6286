import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitCode } from "../src/errors.js";
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

const names = checks.map(({ name }) => name);
const flags = readFlags();
if (flags !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), "segloss-gpu-check-"));
  try {
    await checkAll({ device: flags.device, quick: flags.quick, folder }, flags);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The flags; undefined, with a word on stderr and exit code 2, if they are not understood. */
function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        device: { type: "string", default: "gpu" },
        quick: { type: "boolean", default: false },
        only: { type: "string", default: names.join(",") },
        json: { type: "string", default: "runs/gpu-check.json" },
      },
    });
    const { device, only } = values;
    const unknown = only.split(",").find((name) => !names.includes(name));
    if (unknown !== undefined || (device !== "cpu" && device !== "gpu")) {
      throw new Error(unknown === undefined ? `--device ${device}` : `--only ${unknown}`);
    }
    return { ...values, device, only: new Set(only.split(",")) } as const;
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    process.stderr.write(`gpu-check does not understand: ${got}\nChecks: ${names.join(", ")}.\n`);
    process.exitCode = exitCode.usage;
    return undefined;
  }
}

async function checkAll(
  conditions: Conditions,
  { only, json }: { readonly only: ReadonlySet<string>; readonly json: string },
): Promise<void> {
  const outcomes: (Outcome & { readonly name: string; readonly seconds: number })[] = [];
  for (const { name, run } of checks.filter((check) => only.has(check.name))) {
    process.stderr.write(`${name} ...\n`);
    const started = performance.now();
    const outcome = await run(conditions).catch(failed);
    outcomes.push({ name, ...outcome, seconds: Math.round((performance.now() - started) / 100) / 10 });
    // After each: what follows may take the machine down.
    writeFileSync(json, `${JSON.stringify({ ...conditions, folder: undefined, outcomes }, undefined, 2)}\n`);
  }
  process.stdout.write(tableOf(outcomes));
  process.exitCode = outcomes.every(({ ok }) => ok) ? exitCode.ok : exitCode.runFailed;
}
