import { printLine } from "../terminal/messages.js";
import { canDrawBar, openProgressBar } from "../terminal/progress-bar.js";

/** Progress of a download or of unpacking, on stderr. */
export interface ByteProgress {
  /** @param bytes done so far */
  readonly update: (bytes: number) => void;
  readonly close: () => void;
}

const lineIntervalMs = 5000;

/** Shows progress as a bar on a terminal, elsewhere as a line every five seconds. */
export function openByteProgress(title: string, bytes: number): ByteProgress {
  return canDrawBar() ? openBar(title, bytes) : openLines(title, bytes);
}

/** Formats bytes: "274 MB", "1.3 GB". */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function openBar(title: string, bytes: number): ByteProgress {
  let share = 0;
  const bar = openProgressBar(() => ({ share, text: `${title}, ${formatBytes(bytes)}` }));
  return {
    update: (done) => {
      share = Math.min(1, done / bytes);
    },
    close: () => bar.close(),
  };
}

function openLines(title: string, bytes: number): ByteProgress {
  let printedAt = Date.now();
  printLine(`  ${title}: ${formatBytes(bytes)}`);
  return {
    update: (done) => {
      if (Date.now() - printedAt >= lineIntervalMs) {
        printedAt = Date.now();
        printLine(`  ${title}: ${Math.min(100, Math.floor((100 * done) / bytes))} %`);
      }
    },
    close: () => undefined,
  };
}
