import { SingleBar } from "cli-progress";

export interface Progress {
  /** @param bytes done so far */
  update(bytes: number): void;
  close(): void;
}

const lineMilliseconds = 5000;

/** Shows how far something is on stderr: a bar if that is a terminal, else a line now and then. */
export function startProgress(title: string, bytes: number): Progress {
  return process.stderr.isTTY ? startBar(title, bytes) : startLines(title, bytes);
}

/** 274 MB, 1.3 GB. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function startBar(title: string, bytes: number): Progress {
  const bar = new SingleBar({
    format: `  ${title.padEnd(42)} {bar} {percentage}% of ${sizeText(bytes)}`,
    barsize: 24,
    hideCursor: true,
    gracefulExit: false,
  });
  bar.start(bytes, 0);
  return { update: (done) => bar.update(Math.min(done, bytes)), close: () => bar.stop() };
}

function startLines(title: string, bytes: number): Progress {
  let said = Date.now();
  process.stderr.write(`  ${title}: ${sizeText(bytes)}\n`);
  return {
    update: (done) => {
      if (Date.now() - said >= lineMilliseconds) {
        said = Date.now();
        process.stderr.write(`  ${title}: ${Math.min(100, Math.floor((100 * done) / bytes))} %\n`);
      }
    },
    close: () => undefined,
  };
}
