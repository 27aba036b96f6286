import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitCode, firstLine } from "../src/errors.js";
import { printLine } from "../src/terminal/messages.js";
import { agreementPart } from "./gpu-check/agreement.js";
import { determinismPart } from "./gpu-check/determinism.js";
import { doctorPart } from "./gpu-check/doctor.js";
import { fixtureParts } from "./gpu-check/fixture.js";
import type { Part } from "./gpu-check/part.js";
import { rateParts } from "./gpu-check/rates.js";
import { readFinishedParts, readOrigin, writeResults } from "./gpu-check/results-file.js";
import { runSchedule } from "./gpu-check/schedule.js";
import { sweepParts } from "./gpu-check/sweeps.js";
import { formatTable } from "./gpu-check/table.js";

/**
 * `npm run gpu-check` checks and measures everything that needs a GPU. Prints a table to stdout; the exit
 * code is 1 if a part failed or is left. docs/gpu.md explains the checks and how to run them on a machine
 * without npm, pip, compiler or network.
 */

const usage = `Usage: npm run gpu-check [-- OPTIONS]
  --device gpu|cpu    what to check; with cpu the runs train in lanes as on a GPU (default: gpu)
  --budget MINUTES    stop after this time; the same command continues (default: 15)
  --only NAMES        some of doctor,fixture,agreement,determinism,rates,sweep
  --quick             a short version of every check
  --json FILE         where results are saved after every part (default: runs/gpu-check.json)
  --restart           repeat the parts that an earlier call has finished`;

const checks = ["doctor", "fixture", "agreement", "determinism", "rates", "sweep"];

/** Orders the parts by what is worth most if time runs out. */
function listParts(device: "cpu" | "gpu", quick: boolean): Part[] {
  const [firstFixture, ...fixtures] = fixtureParts(quick);
  return [
    doctorPart,
    ...(firstFixture === undefined ? [] : [firstFixture]),
    agreementPart,
    determinismPart,
    ...sweepParts(quick),
    ...rateParts(device, quick),
    ...fixtures,
  ];
}

const flags = readFlags();
if (flags !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), "segloss-gpu-check-"));
  try {
    process.exitCode = await checkGpu(flags, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Flags = NonNullable<ReturnType<typeof readFlags>>;

/**
 * Parses the command line. Returns undefined, after a message and with exit code 2, if that is not possible.
 */
function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        device: { type: "string", default: "gpu" },
        budget: { type: "string", default: "15" },
        only: { type: "string", default: checks.join(",") },
        quick: { type: "boolean", default: false },
        json: { type: "string", default: "runs/gpu-check.json" },
        restart: { type: "boolean", default: false },
      },
    });
    const { device, only } = values;
    const budget = Number(values.budget);
    const unknown = only.split(",").find((name) => !checks.includes(name));
    if (unknown !== undefined) {
      throw new Error(`--only ${unknown}`);
    }
    if (device !== "cpu" && device !== "gpu") {
      throw new Error(`--device ${device}`);
    }
    if (!(budget > 0)) {
      throw new Error(`--budget ${values.budget}`);
    }
    return { ...values, device, budget, only: only.split(",") } as const;
  } catch (error) {
    printLine(`gpu-check does not understand: ${firstLine(error)}\n${usage}`);
    process.exitCode = exitCode.usage;
    return undefined;
  }
}

async function checkGpu(
  { device, quick, only, budget, json, restart }: Flags,
  folder: string,
): Promise<number> {
  const origin = await readOrigin(device, quick);
  const parts = listParts(device, quick).filter(({ check }) => only.includes(check));
  const earlier = restart ? [] : readFinishedParts(json, origin);
  const finished = earlier.filter(({ name }) => parts.some((part) => part.name === name));
  // Parts that this call does not select stay in the file.
  const others = earlier.filter((part) => !finished.includes(part));
  if (finished.length > 0) {
    printLine(`continuing ${json}: ${finished.length} of ${parts.length} parts are finished`);
  }
  const result = await runSchedule({
    parts,
    finished,
    budgetMs: budget * 60_000,
    run: (part, signal) => {
      printLine(`${part.name} ...`);
      return part.run({ device, quick, folder, signal });
    },
    save: (done, left) => writeResults(json, origin, [...others, ...done], left),
  });
  process.stdout.write(formatTable(result));
  const isComplete = result.left.length === 0 && result.finished.every(({ ok }) => ok);
  return isComplete ? exitCode.ok : exitCode.runFailed;
}
