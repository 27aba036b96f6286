import { exitCode, SeglossError } from "../../errors.js";
import type { Trainer, TrainingSession } from "../../study/training.js";

const outOfMemory = /RESOURCE_EXHAUSTED|out of memory|\bOOM\b/i;

/** A trainer on a GPU that, when the card's memory does not do, says what to do about it. */
export function withMemoryAdvice(trainer: Trainer): Trainer {
  return {
    ...trainer,
    train(runs, snapshots) {
      const advise = <Result>(work: () => Result): Result => {
        try {
          return work();
        } catch (error) {
          throw isOutOfMemory(error) ? advice(runs.length, error) : error;
        }
      };
      const progress: TrainingSession = advise(() => trainer.train(runs, snapshots));
      return { ...progress, next: () => advise(() => progress.next()) };
    },
  };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && outOfMemory.test(error.message);
}

function advice(lanes: number, cause: unknown): SeglossError {
  const remedy =
    lanes > 1
      ? `train fewer at once with "--lanes ${Math.ceil(lanes / 2)}", or on another card with --gpu`
      : "free some of it (nvidia-smi shows who has it), or take another card with --gpu";
  return new SeglossError(
    `the GPU's memory does not hold ${lanes} ${lanes === 1 ? "run" : "runs"}: ${remedy}`,
    {
      exitCode: exitCode.runFailed,
      cause,
    },
  );
}
