import { SingleBar } from "cli-progress";
import { printLine } from "../../src/terminal/messages.js";

/** Progress of a download or of unpacking, on stderr. */
export interface ByteProgress {
  /** @param bytes done so far */
  readonly update: (bytes: number) => void;
  readonly close: () => void;
}

const lineIntervalMs = 5000;

/** Shows progress as a bar on a terminal, elsewhere as a line every five seconds. */
export function openByteProgress(title: string, bytes: number): ByteProgress {
  return process.stderr.isTTY ? openBar(title, bytes) : openLines(title, bytes);
}

/** Formats bytes: "274 MB", "1.3 GB". */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function openBar(title: string, bytes: number): ByteProgress {
  const bar = new SingleBar({
    format: `  ${title.padEnd(42)} {bar} {percentage}% of ${formatBytes(bytes)}`,
    barsize: 24,
    hideCursor: true,
    gracefulExit: false,
  });
  bar.start(bytes, 0);
  return { update: (done) => bar.update(Math.min(done, bytes)), close: () => bar.stop() };
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
