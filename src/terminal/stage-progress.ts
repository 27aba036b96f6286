import { SingleBar } from "cli-progress";

/** A bar on stderr, for people only. */
export interface StageProgress {
  /** One more is done. */
  readonly step: () => void;
  readonly stop: () => void;
}

/** Starts a bar where a person looks on; elsewhere, and with `quiet`, nothing is said. */
export function openStageProgress(what: string, total: number, quiet: boolean): StageProgress {
  const watched = process.stderr.isTTY && !quiet && total > 3;
  if (!watched) {
    return { step() {}, stop() {} };
  }
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total}`,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: true,
    gracefulExit: false,
  });
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}
