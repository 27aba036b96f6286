import { type CompiledStep, type CompiledStepShape, openCompiledStep } from "./lanes/compiled-step.js";
import { openImageCache } from "./lanes/image-cache.js";
import { type LaneBatch, openLaneBatch, type StepChunk } from "./lanes/lane-batch.js";
import type { Snapshot } from "./lanes/snapshot.js";
import { at } from "./list.js";
import type { Run } from "./run.js";

export type { StepChunk } from "./lanes/lane-batch.js";
export { signatureKey } from "./lanes/lane-parameters.js";
export type { Snapshot } from "./lanes/snapshot.js";

// Training as its callers see it: runs go in, numbers come out, no tensors.

/** Runs under way. */
export interface TrainingSession {
  /** Does the next steps of the runs that are furthest behind; undefined when all are through. */
  next(): StepChunk[] | undefined;
  /** The state of a run after the steps so far. */
  snapshot(index: number): Snapshot;
  /** Nobody wants this run's numbers any more: it is no longer trained, unless others of its program are. */
  drop(index: number): void;
  /** Frees their tensors. */
  close(): void;
}

export interface Trainer {
  /**
   * Begins runs that fit together (see `signatureKey`), each from its snapshot if it has one. All that run in one program, and
   * on a GPU that is all of them, must be at the same step.
   */
  train(runs: readonly Run[], snapshots?: readonly (Snapshot | undefined)[]): TrainingSession;
  /** Frees the compiled programs. */
  close(): void;
}

export interface TrainerOptions {
  /**
   * How many lanes a compiled program has at most; the runs of a group are dealt out evenly to as few programs as hold them.
   * Within a program the lanes' last bits may depend on their number, so on a CPU it is 1, where no choice of company can
   * change a bit.
   */
  readonly width: number | ((run: Run) => number);
  /** Compile with XLA. */
  readonly xla: boolean;
}

export function openTrainer(options: TrainerOptions): Trainer {
  const compiled = new Map<string, CompiledStep>();
  const trainingFor = (shape: CompiledStepShape): CompiledStep => {
    const key = JSON.stringify(shape);
    const known = compiled.get(key);
    if (known !== undefined) {
      return known;
    }
    const training = openCompiledStep(shape, options);
    compiled.set(key, training);
    return training;
  };
  return {
    train: (runs, snapshots = []) => begin(runs, snapshots, evenWidth(runs, options), trainingFor),
    close() {
      for (const training of compiled.values()) {
        training.close();
      }
      compiled.clear();
    },
  };
}

/** Lanes of each program, so that no program is left with a few. */
function evenWidth(runs: readonly Run[], { width }: TrainerOptions): number {
  const most = typeof width === "number" ? width : width(at(runs, 0));
  return Math.ceil(runs.length / Math.ceil(runs.length / most));
}

function begin(
  runs: readonly Run[],
  snapshots: readonly (Snapshot | undefined)[],
  width: number,
  trainingFor: (shape: CompiledStepShape) => CompiledStep,
): TrainingSession {
  const blocks = openImageCache();
  const teams: LaneBatch[] = [];
  for (let from = 0; from < runs.length; from += width) {
    const members = runs.slice(from, from + width);
    teams.push(openLaneBatch(members, from, snapshots.slice(from, from + width), trainingFor, blocks));
  }
  const teamOf = (index: number): LaneBatch => {
    const team = teams[Math.floor(index / width)];
    if (team === undefined) {
      throw new RangeError(`no run ${index} among ${runs.length}`);
    }
    return team;
  };
  return {
    next() {
      const left = teams.filter((team) => !team.isDone());
      const [behind] = left.sort((a, b) => a.step() - b.step());
      return behind?.advance();
    },
    snapshot: (index) => teamOf(index).snapshot(index % width),
    drop: (index) => teamOf(index).drop(index % width),
    close() {
      blocks.close();
      for (const team of teams) {
        team.close();
      }
    },
  };
}
