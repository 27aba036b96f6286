import type { Conditions, Outcome } from "./check.js";
import { distanceOf, farther, noDistance } from "./comparison.js";
import { csvsIn, sweepOnCpu, sweepOnDevice } from "./program.js";

/** The losses of the first 100 steps are to agree with the CPU's to this, relative. */
const tolerance = 1e-3;

/** Whether the device gives the numbers of the CPU, over every optimizer, threshold and loss, with batch norm and without. */
export async function checkAgreement(conditions: Conditions): Promise<Outcome> {
  const { device, quick } = conditions;
  const all = { optimizer: ["adam", "sgd"], batchNorm: [false, true], threshold: [0.05, 0.5, 0.95] };
  const grid = quick ? { batchNorm: true, threshold: [0.05, 0.5] } : all;
  const loss = quick ? ["dice", "dicefg"] : ["cce", "dice", "dice_square", "dicefg", "dicefg_square"];
  const config = { ...grid, loss, monitor: loss, runs: 1, steps: 101, evaluateEvery: 100 };
  const cpu = csvsIn(await sweepOnCpu(conditions, "agreement-cpu", config));
  const other = csvsIn(await sweepOnDevice(conditions, "agreement", config));
  const distances = [...cpu].map(([name, text]) => ({ name, ...distanceOf(other.get(name) ?? "", text) }));
  const most = distances.reduce(farther, noDistance);
  const [worst] = distances.sort((a, b) => b.losses - a.losses);
  return {
    ok: distances.length > 0 && most.losses < tolerance,
    lines: [
      `${distances.length} runs in lanes on the ${device.toUpperCase()}, and in programs of their own on the CPU: steps 0 to 100`,
      `losses ${most.losses.toExponential(1)} apart (of ${tolerance} allowed), norms ${most.norms.toExponential(1)}, accuracies ${most.accuracy.toFixed(4)}; farthest: ${worst?.name}`,
    ],
    data: distances,
  };
}
