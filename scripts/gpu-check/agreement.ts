import { readCsvs, sweepOnCpu, sweepOnDevice } from "./child.js";
import { csvDifference, largerDifference, noDifference } from "./csv-difference.js";
import type { Conditions, Part, PartResult } from "./part.js";

/** Allowed relative difference of the losses of steps 0 to 100. */
const tolerance = 1e-3;

/**
 * Compares the device's losses with the CPU's for every optimizer, threshold and loss, with and without batch
 * norm.
 */
export const agreementPart: Part = { name: "agreement", check: "agreement", run: checkAgreement };

async function checkAgreement(conditions: Conditions): Promise<PartResult> {
  const { device, quick } = conditions;
  const all = { optimizer: ["adam", "sgd"], batchNorm: [false, true], threshold: [0.05, 0.5, 0.95] };
  const grid = quick ? { batchNorm: true, threshold: [0.05, 0.5] } : all;
  const loss = quick ? ["dice", "dicefg"] : ["cce", "dice", "dice_square", "dicefg", "dicefg_square"];
  const config = { ...grid, loss, monitor: loss, runs: 1, steps: 101, evaluateEvery: 100 };
  const onCpu = readCsvs(await sweepOnCpu(conditions, "agreement-cpu", config));
  const onDevice = readCsvs(await sweepOnDevice(conditions, "agreement", config));
  const differences = [...onCpu].map(([name, text]) => ({
    name,
    ...csvDifference(onDevice.get(name) ?? "", text),
  }));
  const largest = differences.reduce(largerDifference, noDifference);
  const [worst] = differences.toSorted((a, b) => b.losses - a.losses);
  return {
    ok: differences.length > 0 && largest.losses < tolerance,
    lines: [
      `${differences.length} runs over steps 0 to 100: lanes of one program on the ${device.toUpperCase()}, programs of their own on the CPU`,
      `largest relative difference: losses ${largest.losses.toExponential(1)} (${tolerance} is allowed), norms ${largest.norms.toExponential(1)}; accuracy ${largest.accuracy.toFixed(4)}; worst run: ${worst?.name}`,
    ],
    data: differences,
  };
}
