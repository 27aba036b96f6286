import type { EnvironmentMix } from "../../results/status/environment-mix.js";
import { pluralize, truncateList } from "../../terminal/messages.js";

/** Names of runs that a warning lists for each value. */
const listedRuns = 3;

/** Returns a warning for each property in which runs differ. It names the runs of all values but the most frequent one. */
export function mixWarnings(mixes: readonly EnvironmentMix[]): readonly string[] {
  return mixes.map(({ property, values }) => {
    const parts = values.map(({ value, runs }, index) => {
      const names = index === 0 ? "" : ` (${truncateList(runs, listedRuns).join(", ")})`;
      return `${pluralize(runs.length, "run")} with ${value}${names}`;
    });
    return `the runs differ in ${property}: ${parts.join("; ")}`;
  });
}
