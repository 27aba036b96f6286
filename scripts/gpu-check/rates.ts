import type { Conditions, Outcome } from "./check.js";
import { script } from "./program.js";
import type { Rate } from "./rate.js";

interface Point {
  readonly lanes: number;
  readonly xla: "on" | "off";
  readonly rate: Rate | undefined;
  readonly problem: string | undefined;
}

/** Run-steps per second by the number of lanes, with XLA and without: five losses, batch norm, Adam. */
export async function checkRates({ device, quick }: Conditions): Promise<Outcome> {
  const counts = quick ? [2] : device === "gpu" ? [1, 9, 27, 108, 180] : [1, 9, 27];
  const points: Point[] = [];
  for (const xla of ["on", "off"] as const) {
    for (const lanes of counts) {
      points.push(await measured(lanes, xla, device, quick ? 0.5 : 5));
    }
  }
  return {
    ok: points.every(({ rate }) => rate !== undefined),
    lines: ["lanes  XLA  run-steps/s  ms a step  compiling  memory, of the rule's", ...points.map(lineOf)],
    data: points,
  };
}

async function measured(lanes: number, xla: "on" | "off", device: string, seconds: number): Promise<Point> {
  try {
    const rate = (await script("rate.ts", [device, xla, String(lanes), String(seconds)])) as Rate;
    return { lanes, xla, rate, problem: undefined };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { lanes, xla, rate: undefined, problem: said.trim().split("\n").at(-1) };
  }
}

function lineOf({ lanes, xla, rate, problem }: Point): string {
  const start = `${String(lanes).padStart(5)}  ${xla.padEnd(3)}`;
  if (rate === undefined) {
    return `${start}  ${problem}`;
  }
  const { perSecond, stepMs, compileSeconds, memoryMiB, ruleMiB } = rate;
  return `${start}  ${Math.round(perSecond).toLocaleString("en-US").padStart(11)}  ${stepMs.toFixed(2).padStart(9)}  ${compileSeconds.toFixed(1).padStart(7)} s  ${Math.round(memoryMiB)} MiB of ${Math.round(ruleMiB)}`;
}
