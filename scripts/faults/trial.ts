import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { differences } from "./compare.js";
import { type Disk, openDisk } from "./disk.js";
import { type LiveFault, liveFaults, type RestFault, restFaults, type Scene } from "./kinds.js";
import { kill, survivors } from "./processes.js";
import type { Random } from "./random.js";
import { csvBytes, type Ended, type Ground, startSweep, untilWritten } from "./sweep.js";

/** An undisturbed sweep to compare with. */
export interface Reference {
  readonly folder: string;
  readonly bytes: number;
}

/** What came of one fault. */
export interface Struck {
  readonly fault: string;
  /** Share of the sweep that was written when it struck; undefined for a folder at rest. */
  readonly at: number | undefined;
  /** Milliseconds from the strike to the end of the sweep. */
  readonly tookMs: number | undefined;
  readonly orphans: number;
  readonly hung: boolean;
  readonly problems: readonly string[];
}

export interface Trial {
  readonly struck: readonly Struck[];
  /** In what the folder differs in the end. */
  readonly differences: readonly string[];
}

/** Workers end within that time when their sweep is gone. */
const orphanPatienceMs = 3000;

/** Strikes a sweep with the faults, one after the other, goes on with it each time, and compares what it comes to. */
export async function runTrial(
  ground: Ground,
  reference: Reference,
  faults: readonly string[],
  random: Random,
  scratch: string,
): Promise<Trial> {
  const folder = mkdtempSync(join(scratch, "trial-"));
  const disk = faults.some((name) => liveFaults[name]?.needsDisk) ? diskIn(folder, reference) : undefined;
  const scene: Scene = { ground, out: join(folder, "disk", "out"), random, disk, bytes: reference.bytes };
  const toBeNamed: string[] = [];
  const said: string[] = [];
  const struck: Struck[] = [];
  try {
    for (const name of faults) {
      const live = liveFaults[name];
      const rest = restFaults[name];
      if (live !== undefined) {
        struck.push(...(await strikeLive(name, live, scene, said)));
      }
      if (live?.losesFiles) {
        toBeNamed.length = 0;
      }
      if (rest !== undefined) {
        struck.push(...strikeRest(name, rest, scene, toBeNamed));
      }
    }
    const last = await startSweep(ground, scene.out).ended;
    said.push(last.said);
    const problems = [...endingProblems(last), ...unnamed(toBeNamed, said)];
    return { struck, differences: [...problems, ...differences(scene.out, reference.folder)] };
  } finally {
    disk?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function diskIn(folder: string, { bytes }: Reference): Disk {
  const disk = openDisk(join(folder, "disk"), bytes * 4);
  if ("reason" in disk) {
    throw new Error(disk.reason);
  }
  return disk;
}

async function strikeLive(name: string, fault: LiveFault, scene: Scene, said: string[]): Promise<Struck[]> {
  const { ground, out, random, bytes } = scene;
  const sweep = startSweep(ground, out);
  const begun = csvBytes(out);
  // Half of the strikes fall on starting and compiling, the others on what is left of the work.
  if (random.next() < 0.4) {
    await Promise.race([sleep(1500 * random.next()), sweep.ended]);
  } else {
    await untilWritten(sweep, begun + (bytes - begun) * random.next());
  }
  const at = csvBytes(out) / bytes;
  if (sweep.hasEnded()) {
    said.push((await sweep.ended).said);
    return [];
  }
  const from = performance.now();
  const problems: string[] = [];
  try {
    await fault.strike(sweep, scene);
  } catch (error) {
    problems.push(String(error));
  }
  const ended = await sweep.ended;
  const tookMs = performance.now() - from;
  said.push(ended.said);
  const left = await survivors(ground.mark, orphanPatienceMs);
  for (const { pid } of left) {
    kill(pid);
  }
  fault.mend?.(scene);
  const wrong = fault.judge(ended);
  if (wrong !== undefined) {
    problems.push(`${wrong}: ${ended.said}`);
  }
  if (fault.limitMs !== undefined && tookMs > fault.limitMs) {
    problems.push(`took ${Math.round(tookMs)} ms to end, more than ${fault.limitMs}`);
  }
  return [{ fault: name, at, tookMs, orphans: left.length, hung: ended.hung, problems }];
}

function strikeRest(name: string, fault: RestFault, scene: Scene, toBeNamed: string[]): Struck[] {
  if (!existsSync(scene.out)) {
    return [];
  }
  const file = fault(scene);
  if (file === undefined) {
    return [];
  }
  if (file !== "") {
    toBeNamed.push(file);
  }
  return [{ fault: name, at: undefined, tookMs: undefined, orphans: 0, hung: false, problems: [] }];
}

function endingProblems({ code, said, hung }: Ended): readonly string[] {
  if (hung) {
    return ["the last sweep hung"];
  }
  return code === 0 ? [] : [`the last sweep ended with ${code}: ${said}`];
}

/** Damage that no sweep afterwards has named: by its run, as a record tells of its CSV and a CSV of its record. */
function unnamed(files: readonly string[], said: readonly string[]): readonly string[] {
  const all = said.join("");
  return files
    .filter((file) => !all.includes(file.replace(/\.(csv|json)$/, "")))
    .map((file) => `${file} was damaged, and no sweep has said so`);
}
