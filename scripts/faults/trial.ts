import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { folderDifferences } from "./compare.js";
import { type Disk, openDisk } from "./disk.js";
import { type FolderFault, folderFaults } from "./folder-faults.js";
import { kill, survivingProcesses } from "./processes.js";
import type { Random } from "./random.js";
import {
  csvBytes,
  type EndedSweep,
  type FaultContext,
  type SweepSetup,
  startSweep,
  untilWritten,
} from "./sweep.js";
import { type SweepFault, sweepFaults } from "./sweep-faults.js";

/** An undisturbed sweep to compare with. */
export interface Reference {
  readonly folder: string;
  /** Bytes of all its CSVs. */
  readonly bytes: number;
}

/** A fault that was injected, and how the sweep took it. */
export interface InjectedFault {
  readonly fault: string;
  /** Share of the CSV bytes that was written when it was injected; undefined for a fault between two sweeps. */
  readonly at: number | undefined;
  /** Milliseconds from the injection to the end of the sweep. */
  readonly tookMs: number | undefined;
  /** Processes that were left. */
  readonly orphans: number;
  readonly hung: boolean;
  readonly problems: readonly string[];
}

/** The result of a trial. */
export interface TrialResult {
  readonly injected: readonly InjectedFault[];
  /** How the folder finally differs from the reference. */
  readonly differences: readonly string[];
}

/** Workers must have ended this long after their sweep. */
const orphanTimeoutMs = 3000;

/** Injects faults one after the other, resuming the sweep each time, and compares the final folder with the reference. */
export async function runTrial(
  setup: SweepSetup,
  reference: Reference,
  faults: readonly string[],
  random: Random,
  scratch: string,
): Promise<TrialResult> {
  const folder = mkdtempSync(join(scratch, "trial-"));
  const disk = faults.some((name) => sweepFaults[name]?.needsDisk) ? mountDisk(folder, reference) : undefined;
  const context: FaultContext = {
    setup,
    out: join(folder, "disk", "out"),
    random,
    disk,
    bytes: reference.bytes,
  };
  const unreported: string[] = [];
  const stderr: string[] = [];
  const injected: InjectedFault[] = [];
  try {
    for (const name of faults) {
      const sweepFault = sweepFaults[name];
      const folderFault = folderFaults[name];
      if (sweepFault !== undefined) {
        injected.push(...(await injectIntoSweep(name, sweepFault, context, stderr)));
      }
      if (sweepFault?.losesFiles) {
        unreported.length = 0;
      }
      if (folderFault !== undefined) {
        injected.push(...injectIntoFolder(name, folderFault, context, unreported));
      }
    }
    const last = await startSweep(setup, context.out).ended;
    stderr.push(last.stderr);
    const problems = [...endProblems(last), ...missingReports(unreported, stderr)];
    return { injected, differences: [...problems, ...folderDifferences(context.out, reference.folder)] };
  } finally {
    disk?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function mountDisk(folder: string, { bytes }: Reference): Disk {
  const disk = openDisk(join(folder, "disk"), bytes * 4);
  if ("reason" in disk) {
    throw new Error(disk.reason);
  }
  return disk;
}

/** Starts the sweep and injects a fault at a random moment. Returns nothing if the sweep ended before. */
async function injectIntoSweep(
  name: string,
  fault: SweepFault,
  context: FaultContext,
  stderr: string[],
): Promise<InjectedFault[]> {
  const { setup, out, random, bytes } = context;
  const sweep = startSweep(setup, out);
  const bytesBefore = csvBytes(out);
  // Some faults happen during start-up and compilation, the others during the rest of the training.
  if (random.next() < 0.4) {
    await Promise.race([sleep(1500 * random.next()), sweep.ended]);
  } else {
    await untilWritten(sweep, bytesBefore + (bytes - bytesBefore) * random.next());
  }
  const at = csvBytes(out) / bytes;
  if (sweep.hasEnded()) {
    stderr.push((await sweep.ended).stderr);
    return [];
  }
  const from = performance.now();
  const problems: string[] = [];
  try {
    await fault.inject(sweep, context);
  } catch (error) {
    problems.push(String(error));
  }
  const ended = await sweep.ended;
  const tookMs = performance.now() - from;
  stderr.push(ended.stderr);
  const left = await survivingProcesses(setup.mark, orphanTimeoutMs);
  for (const { pid } of left) {
    kill(pid);
  }
  fault.repair?.(context);
  const problem = fault.check(ended);
  if (problem !== undefined) {
    problems.push(`${problem}: ${ended.stderr}`);
  }
  if (fault.limitMs !== undefined && tookMs > fault.limitMs) {
    problems.push(`took ${Math.round(tookMs)} ms to end, more than ${fault.limitMs}`);
  }
  return [{ fault: name, at, tookMs, orphans: left.length, hung: ended.hung, problems }];
}

function injectIntoFolder(
  name: string,
  fault: FolderFault,
  context: FaultContext,
  unreported: string[],
): InjectedFault[] {
  const damaged = existsSync(context.out) ? fault(context) : undefined;
  if (damaged === undefined) {
    return [];
  }
  if (damaged.mustBeReported) {
    unreported.push(damaged.file);
  }
  return [{ fault: name, at: undefined, tookMs: undefined, orphans: 0, hung: false, problems: [] }];
}

function endProblems({ code, stderr, hung }: EndedSweep): readonly string[] {
  if (hung) {
    return ["the last sweep hung"];
  }
  return code === 0 ? [] : [`the last sweep ended with ${code}: ${stderr}`];
}

/** Damage is reported by the name of its run: damage to a CSV may be found in its record, and the other way around. */
function missingReports(files: readonly string[], stderr: readonly string[]): readonly string[] {
  const all = stderr.join("");
  return files
    .filter((file) => !all.includes(file.replace(/\.(csv|json)$/, "")))
    .map((file) => `${file} was damaged, and no sweep has reported it`);
}
