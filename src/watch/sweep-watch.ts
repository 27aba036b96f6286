import { basename, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Keys, sortByGrid } from "../analysis/axes.js";
import type { Finding } from "../analysis/findings/findings.js";
import type { RunCurves } from "../analysis/run-curves.js";
import { alignKeys } from "../analysis/run-keys.js";
import type { CurveRequest, SweepIndex, SweepProgress, SweepUpdate } from "../explorer/model.js";
import { createIndexRun, createSweepIndex, type RunFacts } from "../explorer/sweep-index.js";
import { keyCells, keyColumns } from "../results/columns.js";
import { rowLayout } from "../study/row-layout.js";
import { measureColumns } from "./row-parser.js";
import { readFindings } from "./sweep-findings.js";
import { createWatchedFolder, type FolderReading, type WatchOptions } from "./watched-folder.js";
import { runCsvPath, type WatchedRun, watchedRunFacts } from "./watched-run.js";

/** Sweeps that are watched together: what the page asks for, as of the last time the folders were read. */
export interface SweepWatch {
  /** Reads what is new in the folders. */
  refresh(): Promise<void>;
  /** Undefined as long as no sweep has begun. */
  index(): SweepIndex | undefined;
  /** The folders in which no sweep has begun. */
  waitingFor(): readonly string[];
  /** Returns what has changed since a revision; undefined as long as no sweep has begun. */
  update(since: number): SweepUpdate | undefined;
  /** Returns curves of a run; undefined if there is no such run. */
  readCurves(request: CurveRequest): Promise<RunCurves | undefined>;
  /** Returns the CSV of a run; undefined if there is no such run. */
  csvOf(id: string): RunCsv | undefined;
  /** Ends a refresh under way early. */
  stop(): void;
}

/** The CSV of a run. */
export interface RunCsv {
  readonly path: string;
  /** A name for it outside its folder. */
  readonly name: string;
}

/** A run that is shown. */
interface ShownRun {
  watched: WatchedRun;
  readonly keys: Keys;
  readonly id: string;
  readonly cell: number;
  readonly cellId: string;
  /** A text that changes with all that the page shows of the run. */
  stamp: string;
  /** The revision in which that was. */
  changed: number;
}

/** The query of the CSV of a run, relative to the page. */
export const csvUrl = "run.csv";

/** Creates the watch of some folders, none of which is read yet. Reading never throws: what cannot be read is left out. */
export function createSweepWatch(paths: readonly string[], options: WatchOptions): SweepWatch {
  const folders = paths.map((path) => createWatchedFolder(path, options));
  const title = paths.map((path) => basename(resolve(path))).join(" and ");
  let readings: readonly FolderReading[] = [];
  let waiting: readonly string[] = paths;
  let shown: readonly ShownRun[] = [];
  let identity = "";
  let revision = 0;
  /** The revision in which the present runs were first shown: an index from before it has others. */
  let firstRevision = 0;
  let isStopped = false;
  let progressStamp = "";
  let findings: readonly Finding[] = [];
  /** The sweeps whose findings were judged. */
  let judged = "";

  async function refresh(): Promise<void> {
    const read = await Promise.all(folders.map((folder) => folder.read(() => isStopped)));
    readings = read.filter((reading) => reading !== undefined);
    waiting = paths.filter((_, index) => read[index] === undefined);
    const now = readings.map((reading) => `${reading.folder} ${reading.identity}`).join("\n");
    if (now !== identity) {
      identity = now;
      shown = showRuns(readings);
      findings = [];
      firstRevision = revision + 1;
    } else {
      const runs = new Map(
        readings.flatMap((reading) => reading.runs).map((run) => [nameOf(run), run] as const),
      );
      for (const run of shown) {
        run.watched = runs.get(nameOf(run.watched)) ?? run.watched;
      }
    }
    noteChanges();
    let hasMore = true;
    while (hasMore && !isStopped) {
      hasMore = false;
      for (const folder of folders) {
        hasMore = (await folder.followRows(() => isStopped)) || hasMore;
      }
      noteChanges();
      await setImmediate();
    }
    await judgeOnceComplete();
  }

  /** The findings need whole CSVs, so they are judged once, when all runs are done. The page is read again for them. */
  async function judgeOnceComplete(): Promise<void> {
    const isComplete = readings.length > 0 && waiting.length === 0 && readings.every(isCompleteReading);
    if (!isComplete || judged === identity || isStopped) {
      return;
    }
    judged = identity;
    findings = await readFindings(paths, () => isStopped);
    if (findings.length > 0) {
      revision += 1;
      firstRevision = revision;
    }
  }

  /** Counts a revision if anything has changed. */
  function noteChanges(): void {
    const next = revision + 1;
    let hasChanged = firstRevision === next;
    for (const run of shown) {
      const stamp = stampOf(run.watched);
      if (stamp !== run.stamp) {
        run.stamp = stamp;
        run.changed = next;
        hasChanged = true;
      }
    }
    const progress = JSON.stringify(readings.map(({ status }) => status.total));
    if (progress !== progressStamp) {
      progressStamp = progress;
      hasChanged = true;
    }
    revision = hasChanged ? next : revision;
  }

  const find = (id: string): ShownRun | undefined => shown.find((run) => run.id === id);
  return {
    refresh,
    waitingFor: () => waiting,
    index: () =>
      shown.length === 0
        ? undefined
        : {
            ...createSweepIndex({
              title,
              runs: shown.map(factsOf),
              columns: columnsOf(shown),
              findings,
            }),
            revision,
            progress: progressOf(readings),
          },
    update(since) {
      if (shown.length === 0) {
        return undefined;
      }
      const changed = shown.filter((run) => run.changed > since);
      return {
        revision,
        progress: progressOf(readings),
        ...(since < firstRevision
          ? { runs: [], isObsolete: true }
          : { runs: changed.map((run) => createIndexRun(factsOf(run), run.cellId, run.cell)) }),
      };
    },
    async readCurves({ run: id, ...range }) {
      const run = find(id);
      return run?.watched.rows.readCurves(runCsvPath(run.watched), range);
    },
    csvOf(id) {
      const run = find(id);
      return run && { path: runCsvPath(run.watched), name: `${run.id}.csv` };
    },
    stop() {
      isStopped = true;
    },
  };
}

/** Returns the runs of some folders in the order of their common grid, with the ids that their index has. */
function showRuns(readings: readonly FolderReading[]): readonly ShownRun[] {
  const keyed = readings.flatMap(({ folder, runs }) =>
    runs.map((watched) => {
      const { run } = watched.status;
      const cells = keyCells(run);
      const keys = new Map(keyColumns(run).map((column, index) => [column, cells[index] ?? ""]));
      keys.delete("run");
      return {
        watched,
        keys,
        run: run.repetition,
        source: nameOf(watched),
        sweep: resolve(folder),
        cell: run.cell,
        record: { seed: run.seed },
      };
    }),
  );
  const runs = sortByGrid(alignKeys(keyed)).map(
    ({ watched, keys }): ShownRun => ({
      watched,
      keys,
      id: "",
      cell: 0,
      cellId: "",
      stamp: "",
      changed: 0,
    }),
  );
  // The index decides on the ids. It has the runs in the same order, which is that of the grid.
  const index = createSweepIndex({ title: "", runs: runs.map(factsOf), columns: [], findings: [] });
  return runs.map((run, i) => {
    const { id = "", cell = 0 } = index.runs[i] ?? {};
    return { ...run, id, cell, cellId: index.cells[cell]?.id ?? "" };
  });
}

function isCompleteReading({ status: { total } }: FolderReading): boolean {
  return total.counts.complete === total.runs;
}

function factsOf(run: ShownRun): RunFacts {
  const { watched, keys, id } = run;
  const facts = watchedRunFacts(watched, keys);
  const name = `${watched.status.name}.csv`;
  const href = `${csvUrl}?${new URLSearchParams({ run: id })}`;
  return { ...facts, csv: facts.rows > 0 ? { name, href } : undefined };
}

function nameOf({ folder, status }: WatchedRun): string {
  return `${folder}/${status.name}`;
}

function columnsOf(runs: readonly ShownRun[]): readonly string[] {
  const all = runs.map(({ watched }) => watched.status.run);
  const names = [all.flatMap((run) => rowLayout(run).columns), all.flatMap(measureColumns)];
  return [...new Set(names.flat())];
}

function stampOf({ status, rows }: WatchedRun): string {
  const soFar = rows.soFar();
  const detail =
    status.state === "failed"
      ? status.failure.message
      : status.state === "damaged"
        ? status.reason
        : `${status.owner?.state}`;
  return `${status.state} ${soFar.rows} ${soFar.lastStep} ${soFar.isForeign} ${detail}`;
}

function progressOf(readings: readonly FolderReading[]): SweepProgress {
  const totals = readings.map(({ status }) => status.total);
  const sum = (count: (total: (typeof totals)[number]) => number) =>
    totals.reduce((all, total) => all + count(total), 0);
  const ends = totals.flatMap(({ expectedEnd }) => expectedEnd?.getTime() ?? []);
  return {
    done: sum(({ counts }) => counts.complete),
    running: sum(({ counts }) => counts.running),
    waiting: sum(({ counts }) => counts.interrupted + counts.missing),
    failed: sum(({ counts }) => counts.failed + counts.damaged),
    ...(ends.length > 0 && { expectedEnd: new Date(Math.max(...ends)).toISOString() }),
    isActive: readings.some(({ status }) => status.owners.some(({ state }) => state === "working")),
  };
}
