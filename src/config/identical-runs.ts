import type { LossName } from "../study/losses.js";
import type { Cell, Run } from "../study/run.js";
import { studyCell } from "../study/run.js";
import { canonicalJson } from "./hash.js";

/** When a parameter changes no number of a run. Parameters that are not here always count. */
const isIgnored: { readonly [Key in keyof Cell]?: (run: Run) => boolean } = {
  momentum: ({ cell }) => cell.optimizer !== "sgd",
  biasInit: ({ cell }) => cell.batchNorm,
  frozenLayer: ({ cell }) => cell.frozenLayer > cell.convLayers + 1,
  radius: ({ cell }) => cell.task === "threshold",
  evaluateWith: ({ cell }) => !cell.batchNorm,
  foregroundWeight: (run) => !uses(run, "wcce"),
  focalGamma: (run) => !uses(run, "focal"),
  tverskyAlpha: (run) => !uses(run, "tversky"),
  tverskyBeta: (run) => !uses(run, "tversky"),
};

/** Runs whose parameters differ but whose numbers are the same. */
export interface IdenticalRuns {
  /** The runs that add nothing to another one. */
  readonly repeated: readonly Run[];
  /** For each of them, the first run with the same numbers. */
  readonly originals: readonly Run[];
  /** The parameters in which they differ. */
  readonly keys: readonly (keyof Cell)[];
}

/** Finds runs that repeat the numbers of others, as where the momentum varies for Adam, which has none. */
export function findIdenticalRuns(runs: readonly Run[]): IdenticalRuns {
  const firsts = new Map<string, Run>();
  const repeated: Run[] = [];
  const originals: Run[] = [];
  const keys = new Set<keyof Cell>();
  for (const run of runs) {
    const identity = canonicalJson({ ...run, cell: effectiveCell(run), columns: [] });
    const first = firsts.get(identity);
    if (first === undefined) {
      firsts.set(identity, run);
      continue;
    }
    repeated.push(run);
    originals.push(first);
    for (const key of Object.keys(isIgnored) as (keyof Cell)[]) {
      if (run.cell[key] !== first.cell[key]) {
        keys.add(key);
      }
    }
  }
  return { repeated, originals, keys: [...keys] };
}

/** Returns a run's cell with the parameters that it ignores set to the study's values. */
function effectiveCell(run: Run): Cell {
  const ignored = Object.entries(isIgnored).flatMap(([key, holds]) =>
    holds(run) ? [[key, studyCell[key as keyof Cell]] as const] : [],
  );
  return { ...run.cell, ...Object.fromEntries(ignored) };
}

function uses({ cell, monitor }: Run, loss: LossName): boolean {
  return cell.loss === loss || monitor.includes(loss);
}
