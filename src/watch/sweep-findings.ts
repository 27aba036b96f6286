import { studyRuns } from "../analysis/findings/comparability.js";
import { type Finding, judgeFindings } from "../analysis/findings/findings.js";
import { findRuns } from "../analysis/input/find-runs.js";
import { readRuns } from "../analysis/input/read-runs.js";
import { studySmoothing } from "../analysis/run-summary.js";
import { SeglossError } from "../errors.js";

/** Thrown through the reader of CSVs to end it early. */
class Stopped extends Error {}

/**
 * Judges the study's findings by the finished runs of some folders, as `segloss report` does. Reads every CSV whole, so it is
 * for sweeps that are complete. Returns none if the runs say nothing of the study, cannot be read, or once `shouldStop`
 * returns true.
 */
export async function readFindings(
  paths: readonly string[],
  shouldStop: () => boolean,
): Promise<readonly Finding[]> {
  try {
    const found = findRuns(paths, { verify: false });
    const { runs } = await readRuns(found, studySmoothing, () => {
      if (shouldStop()) {
        throw new Stopped();
      }
    });
    return studyRuns(runs).length > 0 ? judgeFindings(runs) : [];
  } catch (error) {
    if (error instanceof SeglossError || error instanceof Stopped) {
      return [];
    }
    throw error;
  }
}
