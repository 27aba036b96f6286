import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { anyCellFolder } from "./folder-faults.js";
import { kill } from "./processes.js";
import { csvBytes, type EndedSweep, type FaultContext, type RunningSweep, startSweep } from "./sweep.js";

/** A fault that is injected while a sweep is running. */
export interface SweepFault {
  readonly inject: (sweep: RunningSweep, context: FaultContext) => Promise<void> | void;
  /** Returns what is wrong with how the sweep ended; undefined if nothing is. */
  readonly check: (ended: EndedSweep) => string | undefined;
  /** Removes the cause of the fault before the sweep is resumed. */
  readonly repair?: (context: FaultContext) => void;
  readonly needsDisk?: boolean;
  /** It removes files, so that earlier damage to them cannot be reported any more. */
  readonly losesFiles?: boolean;
  /** The sweep must end within this time. */
  readonly limitMs?: number;
}

/** Two seconds are promised on an idle machine. This one may be busy; the table shows how long it took. */
const promptMs = 10_000;

const anyCode = () => undefined;
const codes =
  (...allowed: readonly EndedSweep["code"][]) =>
  ({ code }: EndedSweep) =>
    allowed.includes(code) ? undefined : `ended with ${code}, not ${allowed.join(" or ")}`;

/** A signal to the sweep. Before its handlers are set, it ends the process as any other. */
const signal = (name: NodeJS.Signals, code: number): SweepFault => ({
  inject: ({ child }) => void child.kill(name),
  check: codes(code, name),
  limitMs: promptMs,
});

/** The sweep must have finished, or must name the reason. */
const namesReason =
  (reason: string) =>
  ({ code, stderr }: EndedSweep): string | undefined =>
    code === 0 || ((code === 1 || code === 2) && stderr.includes(reason))
      ? undefined
      : `ended with ${code}, and not because ${reason}`;

/** The faults that are injected while a sweep is running, by name. */
export const sweepFaults: Readonly<Record<string, SweepFault>> = {
  "Ctrl-C": {
    // A terminal sends it to all processes of the group.
    inject: ({ child }) => kill(-(child.pid ?? 0), "SIGINT"),
    check: (ended) =>
      codes(130, "SIGINT")(ended) ??
      (ended.code === "SIGINT" || ended.stderr.includes("To resume: ")
        ? undefined
        : "does not say how to resume"),
    limitMs: promptMs,
  },
  "SIGINT to the sweep": signal("SIGINT", 130),
  "SIGTERM to the sweep": signal("SIGTERM", 143),
  "SIGHUP to the sweep": signal("SIGHUP", 129),
  "Ctrl-C twice": {
    async inject({ child }) {
      child.kill("SIGINT");
      await sleep(350);
      child.kill("SIGINT");
    },
    check: codes(130, "SIGINT"),
    limitMs: promptMs,
  },
  "SIGKILL of the sweep": { inject: ({ child }) => void child.kill("SIGKILL"), check: codes("SIGKILL") },
  "SIGKILL of a worker": {
    inject(sweep, { random }) {
      const workers = sweep.workers();
      if (workers.length > 0) {
        kill(random.pick(workers));
      }
    },
    // A worker without runs is replaced silently; one that was not ready counts as one that cannot start.
    check: codes(0, 1, 3),
  },
  "SIGKILL of all workers": {
    inject(sweep) {
      for (const pid of sweep.workers()) {
        kill(pid);
      }
    },
    check: codes(0, 1, 3),
  },
  "SIGKILL of the sweep and its workers": {
    inject(sweep) {
      const workers = sweep.workers();
      sweep.child.kill("SIGKILL");
      for (const pid of workers) {
        kill(pid);
      }
    },
    check: codes("SIGKILL"),
  },
  "a worker that is stopped for a second": {
    async inject(sweep) {
      const [worker] = sweep.workers();
      if (worker === undefined) {
        return;
      }
      kill(worker, "SIGSTOP");
      await sleep(1000);
      kill(worker, "SIGCONT");
    },
    check: codes(0),
  },
  "a second sweep": {
    async inject({ out }, { setup }) {
      const second = await startSweep(setup, out).ended;
      // The first sweep may have finished before the second one looked.
      if (second.code === 0 && second.stderr.includes("all done in ")) {
        return;
      }
      if (second.code !== 2 || !/another sweep, process \d+ on /.test(second.stderr)) {
        throw new Error(`a second sweep was not refused: ${second.code} ${second.stderr}`);
      }
    },
    check: codes(0),
  },
  "the disk is full": {
    async inject(_, { disk, random, bytes, out }) {
      const share = 0.5 * random.next();
      // The system refuses a size below what the sweep has written in the meantime.
      await retry(() => {
        const written = csvBytes(out);
        disk?.resize(written + 100_000 + (bytes - written) * share);
      });
    },
    check: namesReason("no space is left on the disk"),
    repair: ({ disk, bytes }) => disk?.resize(bytes * 4),
    needsDisk: true,
  },
  "the disk becomes read-only": {
    // The system refuses while a file is open for writing.
    inject: (_, { disk }) => retry(() => disk?.setReadOnly(true)),
    check: namesReason("the disk is read-only"),
    repair: ({ disk }) => disk?.setReadOnly(false),
    needsDisk: true,
  },
  "a cell's folder is removed": {
    inject: (_, context) => removeTree(anyCellFolder(context)),
    check: codes(0, 1),
    losesFiles: true,
  },
  "the output folder is removed": {
    inject: (_, { out }) => removeTree(out),
    check: codes(0, 1, 2),
    losesFiles: true,
  },
  "the output folder is replaced by an empty one": {
    async inject(_, { out }) {
      await removeTree(out);
      mkdirSync(out, { recursive: true });
    },
    check: anyCode,
    losesFiles: true,
  },
};

/** Removes a folder. A worker may write into it meanwhile. */
function removeTree(path: string): Promise<void> {
  return retry(() => rmSync(path, { recursive: true, force: true }));
}

/** Calls `work` again if it throws, up to two hundred times within a second. */
async function retry(work: () => void): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      work();
      return;
    } catch (error) {
      if (tries > 200) {
        throw error;
      }
      await sleep(5);
    }
  }
}
