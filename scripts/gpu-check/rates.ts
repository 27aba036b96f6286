import { runWorker } from "./child.js";
import type { Part } from "./part.js";
import type { Rate } from "./rate-worker.js";

/**
 * Measures run-steps per second by the number of lanes, with and without XLA: five losses, batch norm, Adam.
 */
export function rateParts(device: "cpu" | "gpu", quick: boolean): Part[] {
  const counts = quick ? [2] : device === "gpu" ? [108, 1, 9, 27, 180] : [1, 9, 27];
  const seconds = quick ? 0.5 : 5;
  return ["on", "off"].flatMap((xla) => counts.map((lanes) => ratePart(lanes, xla, seconds)));
}

function ratePart(lanes: number, xla: string, seconds: number): Part {
  return {
    name: `rate, ${lanes} lanes, XLA ${xla}`,
    check: "rates",
    run: async (conditions) => {
      const words = [conditions.device, xla, String(lanes), String(seconds)];
      const rate = (await runWorker("rate-worker.ts", words, conditions)) as Rate;
      return { ok: true, lines: [formatRate(rate)], data: { lanes, xla, ...rate } };
    },
  };
}

function formatRate({ perSecond, stepMs, compileSeconds, memoryMiB, ruleMiB }: Rate): string {
  const rate = Math.round(perSecond).toLocaleString("en-US");
  const memory = `${Math.round(memoryMiB)} MiB of memory, ${Math.round(ruleMiB)} by the rule`;
  return `${rate} run-steps/s, ${stepMs.toFixed(2)} ms a step, compiled in ${compileSeconds.toFixed(1)} s, ${memory}`;
}
