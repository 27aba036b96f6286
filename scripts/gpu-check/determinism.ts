import type { Conditions, Outcome } from "./check.js";
import { distanceOf, farther, noDistance } from "./comparison.js";
import { csvsIn, sweepOnDevice } from "./program.js";

/** Whether the same sweep gives the same bytes again; and, as a matter of interest, whether a run does in other company. */
export async function checkDeterminism(conditions: Conditions): Promise<Outcome> {
  const { quick } = conditions;
  const steps = quick ? 60 : 1001;
  // In short as many lanes as the check of agreement, whose program is then compiled already.
  const grid = quick
    ? { threshold: [0.05, 0.5], loss: ["dice", "dicefg"], runs: 1 }
    : { threshold: [0.05, 0.5, 0.95], loss: ["cce", "dice", "dicefg"], runs: 3 };
  const config = { batchNorm: true, ...grid, monitor: grid.loss, steps };
  const first = csvsIn(await sweepOnDevice(conditions, "first", config));
  const again = csvsIn(await sweepOnDevice(conditions, "again", config));
  const fewer = csvsIn(await sweepOnDevice(conditions, "fewer", config, "--only", "run=0,loss=dice"));
  const unequal = [...first].filter(([name, text]) => again.get(name) !== text).map(([name]) => name);
  const company = [...fewer].map(([name, text]) => ({
    name,
    isEqual: first.get(name) === text,
    ...distanceOf(text, first.get(name) ?? ""),
  }));
  const apart = company.reduce(farther, noDistance);
  const equal = company.filter(({ isEqual }) => isEqual).length;
  return {
    ok: first.size > 0 && unequal.length === 0,
    lines: [
      `${first.size - unequal.length} of ${first.size} runs of ${steps} steps have the same bytes again`,
      `in other company (${fewer.size} lanes): ${equal} of ${company.length} have, losses ${apart.losses.toExponential(1)} apart`,
    ],
    data: { unequal, company },
  };
}
