import { spawn } from "node:child_process";
import { join } from "node:path";
import { cli, inFolder, runFlags, type Setting } from "./contenders.js";
import { rangeOf, type Spread, spread } from "./tables.js";

// How long one run takes to start: from the shell to its first row, and to the end of the process.

const steps = 10_001;

/** The times of several processes in one state of the folder of compiled programs, in seconds. */
export interface StartTimes {
  readonly name: "cold" | "warm";
  readonly firstRow: Spread;
  readonly wall: Spread;
}

/** One run's start without compiled programs and with them. */
export interface StartResult {
  readonly title: string;
  readonly starts: readonly StartTimes[];
}

interface Start {
  readonly firstRow: number;
  readonly wall: number;
}

/** Times `segloss run`, in turn with an empty folder of compiled programs and with what that process has left there. */
export async function timeStart(setting: Setting, rounds: number): Promise<StartResult> {
  const cold: Start[] = [];
  const warm: Start[] = [];
  for (let round = 0; round < rounds; round++) {
    await inFolder(async (folder) => {
      cold.push(await timeRun(setting, folder));
      warm.push(await timeRun(setting, folder));
    });
  }
  const { names, batchNorm } = setting;
  return {
    title: `start, 1 x ${steps} steps, ${names.length} losses, ${batchNorm ? "with" : "without"} batch norm`,
    starts: [summarize("cold", cold), summarize("warm", warm)],
  };
}

/** Returns a table of one setting's starts. */
export function startTable({ title, starts }: StartResult): string {
  const lines = starts.map(
    ({ name, firstRow, wall }) =>
      `  ${name.padEnd(16)}first row ${rangeOf(firstRow, 2)} s, whole process ${rangeOf(wall, 2)} s`,
  );
  return [`\n${title}`, ...lines].join("\n");
}

function summarize(name: StartTimes["name"], starts: readonly Start[]): StartTimes {
  return {
    name,
    firstRow: spread(starts.map(({ firstRow }) => firstRow)),
    wall: spread(starts.map(({ wall }) => wall)),
  };
}

/** Times a run whose rows go through a pipe. Throws if it fails. */
async function timeRun(setting: Setting, programs: string): Promise<Start> {
  const args = [cli, "run", ...runFlags(setting, steps), "--output", "-"];
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, SEGLOSS_XLA_CACHE: join(programs, "programs") },
  });
  let lines = 0;
  let firstRow = Number.NaN;
  child.stdout.on("data", (bytes: Buffer) => {
    // The first line is the header. Later lines need no counting, which would take time from the run.
    if (lines < 2) {
      lines += bytes.toString("latin1").split("\n").length - 1;
      firstRow = lines < 2 ? firstRow : secondsSince(started);
    }
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) {
    throw new Error(`node ${args.join(" ")} ended with exit code ${code}`);
  }
  return { firstRow, wall: secondsSince(started) };
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}
