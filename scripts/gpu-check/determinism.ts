import { readCsvs, sweepOnDevice } from "./child.js";
import { csvDifference, largerDifference, noDifference } from "./csv-difference.js";
import type { Conditions, Part, PartResult } from "./part.js";

/**
 * Checks that the same sweep has the same bytes again. Also reports, without judging it, whether a run has
 * them in a program of fewer lanes.
 */
export const determinismPart: Part = { name: "determinism", check: "determinism", run: checkDeterminism };

async function checkDeterminism(conditions: Conditions): Promise<PartResult> {
  const { quick } = conditions;
  const steps = quick ? 60 : 1001;
  // The quick grid has as many lanes as that of the agreement, whose program is then compiled already.
  const grid = quick
    ? { threshold: [0.05, 0.5], loss: ["dice", "dicefg"], runs: 1 }
    : { threshold: [0.05, 0.5, 0.95], loss: ["cce", "dice", "dicefg"], runs: 3 };
  const config = { batchNorm: true, ...grid, monitor: grid.loss, steps };
  const first = readCsvs(await sweepOnDevice(conditions, "first", config));
  const again = readCsvs(await sweepOnDevice(conditions, "again", config));
  const fewer = readCsvs(await sweepOnDevice(conditions, "fewer", config, "--only", "run=0,loss=dice"));
  const different = [...first].filter(([name, text]) => again.get(name) !== text).map(([name]) => name);
  const inFewerLanes = [...fewer].map(([name, text]) => ({
    name,
    isEqual: first.get(name) === text,
    ...csvDifference(text, first.get(name) ?? ""),
  }));
  const largest = inFewerLanes.reduce(largerDifference, noDifference);
  const equal = inFewerLanes.filter(({ isEqual }) => isEqual).length;
  return {
    ok: first.size > 0 && different.length === 0,
    lines: [
      `${first.size - different.length} of ${first.size} runs of ${steps} steps have the same bytes again`,
      `with ${fewer.size} lanes instead: ${equal} of ${inFewerLanes.length} have the same bytes, losses differ by ${largest.losses.toExponential(1)}`,
    ],
    data: { different, inFewerLanes },
  };
}
