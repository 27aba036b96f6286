import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import { Command } from "commander";
import { parseFlag } from "../config/flags.js";
import { allProblems, escapeControls, problemsError } from "../config/problems.js";
import { realNumber, wholeNumber } from "../config/value-types.js";
import { shellLine } from "../shell-line.js";
import { printLine } from "../terminal/messages.js";
import { signalExitCode, watchSignals } from "../terminal/signals.js";
import type { WatchServer } from "../watch/server.js";
import type { SweepWatch } from "../watch/sweep-watch.js";
import { asTyped } from "./options.js";

const examples = `
Examples:
  segloss watch runs/full                  look at a sweep while it runs, or before it begins
  segloss watch runs/one runs/other        two sweeps on one page
  segloss watch runs/full --port 8080      at an address whose port stays the same

The address is printed on stdout. It is open to those who have its token, on this machine; from another one, ssh leads to it.`;

/** The flags of watch, as commander returns them. */
interface WatchFlags {
  readonly port?: string;
  readonly normBound?: string;
  readonly quiet?: boolean;
}

/** A gradient norm past it stands out, unless another bound is given. Norms of the study's runs stay below 100. */
const usualNormBound = 1000;

const port = wholeNumber(0, 65_535);
const normBound = realNumber({ above: 0 });

/** Creates the command `segloss watch`, which serves a page with the state and the curves of sweeps that are running. */
export function watchCommand(): Command {
  return new Command("watch")
    .summary("look at a sweep while it runs, in a browser")
    .description(
      "Serves a page on this machine with what is done, running, failed and missing, with the expected end, and with curves that grow while runs train. Runs that go wrong stand out. Only reads, and takes no lock; a sweep that has not begun is waited for.",
    )
    .argument("<DIR>", "the folder of a sweep, which need not exist yet")
    .argument("[DIR...]", "further sweeps, on the same page")
    .option("--port <N>", "port of the address (default: a free one)")
    .option("--norm-bound <number>", `gradient norm past which a run stands out (default: ${usualNormBound})`)
    .option("--quiet", "print the address only")
    .addHelpText("after", asTyped(examples))
    .action(async (first: string, further: readonly string[], flags: WatchFlags) => {
      await serveWatch([first, ...further], flags);
    });
}

/** Serves the page until a signal ends the program. */
async function serveWatch(given: readonly string[], flags: WatchFlags): Promise<void> {
  const wantedPort = parseFlag("--port", flags.port ?? "0", port);
  const bound = parseFlag("--norm-bound", flags.normBound ?? String(usualNormBound), normBound);
  if ("problems" in wantedPort || "problems" in bound) {
    throw problemsError(allProblems(wantedPort, bound));
  }
  const folders = given.filter(
    (path, index) => given.findIndex((other) => resolve(other) === resolve(path)) === index,
  );
  // Loaded here, since the other commands do without them.
  const [{ openWatchServer }, { createSweepWatch }, { requireWatchable }] = await Promise.all([
    import("../watch/server.js"),
    import("../watch/sweep-watch.js"),
    import("../watch/watched-folder.js"),
  ]);
  folders.forEach(requireWatchable);
  const interruption = watchSignals();
  const watch = createSweepWatch(folders, { normBound: bound.value });
  const server = await openWatchServer(watch, wantedPort.value);
  const ended = new Promise<void>((end) => interruption.handle({ stop: end, kill() {} }));
  process.stdout.write(`${server.address}\n`);
  if (flags.quiet !== true) {
    explain(server, folders).forEach(printLine);
  }
  const reading = readUntil(watch, ended);
  await ended;
  watch.stop();
  await Promise.all([server.close(), reading]);
  interruption.release();
  const signal = interruption.signal();
  process.exitCode = signal && signalExitCode(signal);
}

/** Returns what to do with the address, as lines. */
function explain({ port: used }: WatchServer, folders: readonly string[]): readonly string[] {
  const target = `${userInfo().username}@${hostname()}`;
  const tunnel = shellLine(["ssh", "-L", `${used}:127.0.0.1:${used}`, target]);
  return [
    `watching ${folders.map(escapeControls).join(", ")}`,
    `From another machine: ${tunnel}, then open the same address there.`,
    "Ctrl-C ends it.",
  ];
}

/** The shortest and the longest time from one reading of the folders to the next. */
const [shortestPause, longestPause] = [2000, 60_000] as const;

/** How much longer than the processor time of its reading a pause is at least: so even a very large sweep costs little. */
const pauseFactor = 20;

/** Reads the folders again and again until a promise is resolved. */
async function readUntil(watch: SweepWatch, ended: Promise<void>): Promise<void> {
  let isEnded = false;
  void ended.then(() => {
    isEnded = true;
  });
  let costBefore = 0;
  while (!isEnded) {
    const before = process.cpuUsage();
    await watch.refresh();
    const { user, system } = process.cpuUsage(before);
    const cost = (user + system) / 1000;
    // One reading that costs much, such as the first one, is no reason to see less.
    const pause = pauseFactor * Math.min(cost, costBefore);
    costBefore = cost;
    await wait(Math.min(longestPause, Math.max(shortestPause, pause)), ended);
  }
}

/** Resolves after some time, or as soon as a promise is resolved. */
async function wait(milliseconds: number, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((done) => {
    timer = setTimeout(done, milliseconds);
  });
  await Promise.race([over, ended]);
  clearTimeout(timer);
}
