import type { Config } from "../../src/config/config.js";
import { gridRuns } from "../../src/config/grid.js";
import type { FolderFacts } from "../../src/results/status/folder-facts.js";

/** Returns what is found in the folder of a sweep in which nothing has happened yet, except for some changes. */
export function factsOf(
  config: Config,
  changes: Partial<FolderFacts> & Pick<FolderFacts, "readAt">,
): FolderFacts {
  return {
    folder: "out",
    config,
    runs: gridRuns(config),
    files: new Map(),
    locks: [],
    divided: undefined,
    isSubmitted: false,
    summaryRows: undefined,
    ...changes,
  };
}
