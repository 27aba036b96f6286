import { exitCode, SeglossError } from "../../errors.js";
import type { Trainer, TrainingSession } from "../../study/training.js";
import { pluralize } from "../../terminal/messages.js";

const outOfMemory = /RESOURCE_EXHAUSTED|out of memory|\bOOM\b/i;

/** Wraps a trainer on a GPU: when the GPU's memory runs out, it throws a SeglossError that says what to do. */
export function withMemoryAdvice(trainer: Trainer): Trainer {
  return {
    ...trainer,
    train(runs, snapshots) {
      const advise = <Result>(work: () => Result): Result => {
        try {
          return work();
        } catch (error) {
          throw isOutOfMemory(error) ? memoryError(runs.length, error) : error;
        }
      };
      const session: TrainingSession = advise(() => trainer.train(runs, snapshots));
      return { ...session, next: () => advise(() => session.next()) };
    },
  };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && outOfMemory.test(error.message);
}

function memoryError(lanes: number, cause: unknown): SeglossError {
  const remedy =
    lanes > 1
      ? `train fewer at once with "--lanes ${Math.ceil(lanes / 2)}", or use another GPU with --gpu`
      : "free some of it (nvidia-smi lists the processes that use it), or use another GPU with --gpu";
  return new SeglossError(`the GPU's memory does not hold ${pluralize(lanes, "run")}: ${remedy}`, {
    exitCode: exitCode.runFailed,
    cause,
  });
}
