import type { Conditions, Outcome } from "./check.js";
import type { GroupErrors } from "./fixture-cases.js";
import { script } from "./program.js";

/** The largest relative error of a loss or norm that is allowed, as in the tests. */
const tolerance = 1e-4;

/** Whether the 120 cases of the float64 fixture come out on the device, 30 lanes to a program, as the graph stands and by XLA. */
export async function checkFixture({ device, quick }: Conditions): Promise<Outcome> {
  const groups = (await script("fixture-cases.ts", [device, quick ? "quick" : "all"])) as GroupErrors[];
  const cases = groups.reduce((total, group) => total + group.cases, 0);
  const worst = Math.max(...groups.map(({ losses, norms }) => Math.max(losses, norms)));
  return {
    ok: groups.length > 0 && worst < tolerance,
    lines: [
      `${cases} cases of five steps, ${groups.length} programs: largest error ${worst.toExponential(1)} (of ${tolerance} allowed)`,
    ],
    data: groups,
  };
}
