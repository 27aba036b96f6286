import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Disk } from "./disk.js";
import { kill } from "./processes.js";
import type { Random } from "./random.js";
import { csvBytes, type Ended, type Ground, type Sweep, startSweep } from "./sweep.js";

/** A fault that strikes a sweep under way. */
export interface LiveFault {
  readonly strike: (sweep: Sweep, scene: Scene) => Promise<void> | void;
  /** What is wrong with how the sweep ended, if anything. */
  readonly judge: (ended: Ended) => string | undefined;
  /** Mends what has to be mended before the sweep can go on. */
  readonly mend?: (scene: Scene) => void;
  readonly needsDisk?: boolean;
  /** It takes files away, so that nobody can name damage they had. */
  readonly losesFiles?: boolean;
  /** It has to end this soon after the strike, in milliseconds. */
  readonly limitMs?: number;
}

/** A fault that befalls a folder at rest. Gives what the next sweep has to name; undefined if there is nothing to befall. */
export type RestFault = (scene: Scene) => string | undefined;

/** Where a fault takes place. */
export interface Scene {
  readonly ground: Ground;
  readonly out: string;
  readonly random: Random;
  readonly disk: Disk | undefined;
  /** Bytes of an undisturbed sweep. */
  readonly bytes: number;
}

/** Two seconds are promised on a machine that is not busy with other things; the table tells how long it took. */
const promptMs = 10_000;

const anyCode = () => undefined;
const codes =
  (...allowed: readonly Ended["code"][]) =>
  ({ code }: Ended) =>
    allowed.includes(code) ? undefined : `ended with ${code}, not ${allowed.join(" or ")}`;
/** Before the program is loaded a signal ends it as any other. */
const signalled = (signal: NodeJS.Signals, code: number): LiveFault => ({
  strike: ({ child }) => void child.kill(signal),
  judge: codes(code, signal),
  limitMs: promptMs,
});

/** It ends well if it was nearly through, else it says what is wrong. */
function told({ code, said }: Ended, reason: string): string | undefined {
  if (code === 0 || ((code === 1 || code === 2) && said.includes(reason))) {
    return undefined;
  }
  return `ended with ${code}, and not because ${reason}`;
}

export const liveFaults: Readonly<Record<string, LiveFault>> = {
  "Ctrl-C": {
    // As a terminal does it: to all processes of the group.
    strike: ({ child }) => kill(-(child.pid ?? 0), "SIGINT"),
    judge: (ended) =>
      codes(130, "SIGINT")(ended) ??
      (ended.code === "SIGINT" || ended.said.includes("To resume: ")
        ? undefined
        : "does not say how to resume"),
    limitMs: promptMs,
  },
  "SIGINT to the sweep": signalled("SIGINT", 130),
  "SIGTERM to the sweep": signalled("SIGTERM", 143),
  "SIGHUP to the sweep": signalled("SIGHUP", 129),
  "Ctrl-C twice": {
    async strike({ child }) {
      child.kill("SIGINT");
      await sleep(350);
      child.kill("SIGINT");
    },
    judge: codes(130, "SIGINT"),
    limitMs: promptMs,
  },
  "SIGKILL of the sweep": { strike: ({ child }) => void child.kill("SIGKILL"), judge: codes("SIGKILL") },
  "SIGKILL of a worker": {
    strike(sweep, { random }) {
      const workers = sweep.workers();
      if (workers.length > 0) {
        kill(random.pick(workers));
      }
    },
    // A worker that had nothing in hand is replaced without a word; one that had not begun is taken for one that cannot.
    judge: codes(0, 1, 3),
  },
  "SIGKILL of all workers": {
    strike(sweep) {
      for (const pid of sweep.workers()) {
        kill(pid);
      }
    },
    judge: codes(0, 1, 3),
  },
  "SIGKILL of the sweep and its workers": {
    strike(sweep) {
      const workers = sweep.workers();
      sweep.child.kill("SIGKILL");
      for (const pid of workers) {
        kill(pid);
      }
    },
    judge: codes("SIGKILL"),
  },
  "a worker that is stopped for a second": {
    async strike(sweep) {
      const [worker] = sweep.workers();
      if (worker === undefined) {
        return;
      }
      kill(worker, "SIGSTOP");
      await sleep(1000);
      kill(worker, "SIGCONT");
    },
    judge: codes(0),
  },
  "a second sweep": {
    async strike({ out }, { ground }) {
      const second = await startSweep(ground, out).ended;
      // The first may have been through before the second looked.
      if (second.code === 0 && second.said.includes("all done in ")) {
        return;
      }
      if (second.code !== 2 || !/another sweep, process \d+ on /.test(second.said)) {
        throw new Error(`a second sweep was let in: ${second.code} ${second.said}`);
      }
    },
    judge: codes(0),
  },
  "the disk is full": {
    strike(_, { disk, random, bytes, out }) {
      const written = csvBytes(out);
      disk?.resize(written + 100_000 + (bytes - written) * 0.5 * random.next());
    },
    judge: (ended) => told(ended, "no space is left on the disk"),
    mend: ({ disk, bytes }) => disk?.resize(bytes * 4),
    needsDisk: true,
  },
  "the disk becomes read-only": {
    async strike(_, { disk }) {
      // Refused as long as a file is open for writing.
      for (let tries = 0; ; tries++) {
        try {
          return disk?.setReadOnly(true);
        } catch (error) {
          if (tries > 100) {
            throw error;
          }
          await sleep(5);
        }
      }
    },
    judge: (ended) => told(ended, "the disk is read-only"),
    mend: ({ disk }) => disk?.setReadOnly(false),
    needsDisk: true,
  },
  "a cell's folder is removed": {
    strike: (_, scene) => removeTree(pickCell(scene)),
    judge: codes(0, 1),
    losesFiles: true,
  },
  "the output folder is removed": {
    strike: (_, { out }) => removeTree(out),
    judge: codes(0, 1, 2),
    losesFiles: true,
  },
  "the output folder is replaced by an empty one": {
    async strike(_, { out }) {
      await removeTree(out);
      mkdirSync(out, { recursive: true });
    },
    judge: anyCode,
    losesFiles: true,
  },
};

export const restFaults: Readonly<Record<string, RestFault>> = {
  "a CSV is cut off": onFinished(".csv", (file) => truncateSync(file, 200)),
  "a CSV is emptied": onFinished(".csv", (file) => truncateSync(file)),
  "a digit of a CSV is changed": onFinished(".csv", changeDigit),
  "a CSV is added to": onFinished(".csv", (file) => appendFileSync(file, "adam,false,0.5,cce,0\n")),
  "a CSV is deleted": onFinished(".csv", (file) => rmSync(file)),
  "a record is cut off": onFinished(".json", (file) => truncateSync(file, 60)),
  "a digit of a record is changed": onFinished(".json", changeDigit),
  "a record is of another version": onFinished(".json", (file) =>
    writeFileSync(file, readFileSync(file, "utf8").replace('"version": 1', '"version": 2')),
  ),
  "sweep.json is cut off": ({ out }) => onFile(join(out, "sweep.json"), (file) => truncateSync(file, 30)),
  "a record is deleted": (scene) => unnamed(onFinished(".json", (file) => rmSync(file))(scene)),
  "the summary is deleted": ({ out }) => unnamed(onFile(join(out, "summary.csv"), (file) => rmSync(file))),
  "a checkpoint is cut off": onAny(".checkpoint", (file) => truncateSync(file, 500)),
  "a digit of a checkpoint is changed": onAny(".checkpoint", changeDigit),
  "a checkpoint is deleted": onAny(".checkpoint", (file) => rmSync(file)),
  "unfinished rows are cut off": onAny(".partial", (file) => truncateSync(file, 300)),
  "a digit of unfinished rows is changed": onAny(".partial", changeDigit),
  "the lock is nonsense": ({ out }) => {
    if (!existsSync(out)) {
      return undefined;
    }
    writeFileSync(join(out, "sweep.lock"), "{");
    return "";
  },
  "compiled programs are cut off": ({ ground, random }) => {
    const files = filesBelow(ground.cache);
    for (const file of files) {
      truncateSync(file, random.index(statSync(file).size));
    }
    return files.length === 0 ? undefined : "";
  },
};

function unnamed(name: string | undefined): string | undefined {
  return name === undefined ? undefined : "";
}

/** On a finished run's file; the next sweep has to name the run. */
function onFinished(ending: string, damage: (file: string) => void): RestFault {
  return ({ out, random }) => {
    const records = filesBelow(out).filter((file) => /run-\d+\.json$/.test(file));
    if (records.length === 0) {
      return undefined;
    }
    const file = random.pick(records).replace(/\.json$/, ending);
    return onFile(file, damage);
  };
}

/** On any file of this ending; it is not the next sweep's business to name it. */
function onAny(ending: string, damage: (file: string) => void): RestFault {
  return ({ out, random }) => {
    const files = filesBelow(out).filter((file) => file.endsWith(ending));
    return files.length === 0 ? undefined : unnamed(onFile(random.pick(files), damage));
  };
}

function onFile(file: string, damage: (file: string) => void): string | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  damage(file);
  return file;
}

/** The last digit that is not at the very end of a file. */
function changeDigit(file: string): void {
  const text = readFileSync(file, "utf8");
  const at = text.slice(0, -20).search(/\d(?=\D*$)/);
  writeFileSync(file, `${text.slice(0, at)}${(Number(text[at]) + 1) % 10}${text.slice(at + 1)}`);
}

function pickCell({ out, random }: Scene): string {
  const records = filesBelow(out).filter((file) => /run-\d+\./.test(file));
  return records.length === 0 ? join(out, "none") : dirname(random.pick(records));
}

/** A worker may put a file into a folder while it is emptied. */
async function removeTree(path: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      rmSync(path, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries > 200) {
        throw error;
      }
      await sleep(5);
    }
  }
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
