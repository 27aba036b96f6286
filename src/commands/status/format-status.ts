import { escapeControls, printable } from "../../config/problems.js";
import type { RunStage, SweepOwner } from "../../results/status/run-stage.js";
import type { ProgressOfRuns, SweepRunStatus, SweepStatus } from "../../results/status/sweep-status.js";
import { pluralize, sweepSize, truncateList } from "../../terminal/messages.js";
import { clockText } from "../../terminal/run-progress.js";
import { type Alignment, alignColumns } from "../../terminal/table.js";
import { cellCount } from "../sweep/sweep-request.js";

/** Shards that the table has at most. */
const listedShards = 40;

const states: readonly RunStage["state"][] = [
  "complete",
  "running",
  "interrupted",
  "failed",
  "damaged",
  "missing",
];

/** Returns how far a sweep is, as lines: the whole, the shards, and the runs of which there is more to say. */
export function formatStatus(status: SweepStatus): string {
  const { folder, runs, total, readAt } = status;
  const lines = [
    `${escapeControls(folder)}: ${sweepSize(cellCount(runs.map(({ run }) => run)), runs.length)}`,
    `${states
      .filter((state) => state === "complete" || total.counts[state] > 0)
      .map((state) => `${total.counts[state]} ${state}`)
      .join(", ")}; ${percent(total.share)} of the work is done${endText(total, readAt)}`,
    ...section("", tableOf(status)),
    ...section("running:", runLines(runs, runningText, readAt)),
    ...section("failed:", runLines(runs, failedText, readAt)),
    ...section("damaged:", runLines(runs, damagedText, readAt)),
  ];
  return `${lines.join("\n")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...(title === "" ? [] : [title]), ...lines];
}

function endText({ expectedEnd }: ProgressOfRuns, now: Date): string {
  return expectedEnd === undefined
    ? ""
    : `, expected end ${localTime(expectedEnd)}, in ${clockText(secondsFrom(now, expectedEnd))}`;
}

/** The shards, or the process that trains the whole sweep. Columns of states in which no run is are left out. */
function tableOf({ shards, owners, total, readAt }: SweepStatus): readonly string[] {
  const whole = owners.filter(({ part }) => part === undefined);
  const unlisted = owners.filter(
    (owner) => owner.part !== undefined && !shards.some((shard) => shard.owner === owner),
  );
  if (shards.length === 0 || whole.length > 0) {
    return [...whole, ...unlisted].map((owner) => `${ownerName(owner)}: ${ownerText(owner, readAt)}`);
  }
  const shown = states.filter((state) => total.counts[state] > 0);
  const hasEnds = shards.some(({ expectedEnd }) => expectedEnd !== undefined);
  const hasOwners = shards.some(({ owner }) => owner !== undefined);
  const optional = [...(hasEnds ? ["end"] : []), ...(hasOwners ? ["process"] : [])];
  const head = ["shard", "runs", ...shown, "done", ...optional];
  const row = (name: string, progress: ProgressOfRuns, owner: SweepOwner | undefined) => [
    name,
    String(progress.runs),
    ...shown.map((state) => String(progress.counts[state])),
    percent(progress.share),
    ...(hasEnds ? [endIn(progress, readAt)] : []),
    ...(owner === undefined ? [] : [ownerText(owner, readAt)]),
  ];
  const incomplete = shards.filter((shard) => shard.counts.complete < shard.runs);
  const listed = shards.length <= listedShards ? shards : incomplete.slice(0, listedShards);
  const unlistedShards = shards.length - listed.length;
  const rows = [
    head,
    ...listed.map((shard) => row(`${shard.part.index} of ${shard.part.count}`, shard, shard.owner)),
    row("all", total, undefined),
  ];
  const alignments = head.map(
    (name): Alignment => (name === "shard" || name === "process" ? "left" : "right"),
  );
  return [
    ...alignColumns(rows, alignments),
    ...(unlistedShards === 0
      ? []
      : [
          `${pluralize(unlistedShards, "shard")} not listed, ${shards.length - incomplete.length} of them complete; --json lists all`,
        ]),
    ...unlisted.map((owner) => `${ownerName(owner)}, of another division: ${ownerText(owner, readAt)}`),
  ];
}

function endIn({ expectedEnd }: ProgressOfRuns, now: Date): string {
  return expectedEnd === undefined ? "" : `in ${clockText(secondsFrom(now, expectedEnd))}`;
}

function ownerName({ part }: SweepOwner): string {
  return part === undefined ? "whole sweep" : `shard ${part.index} of ${part.count}`;
}

/** Returns which process it is and when it was last seen alive. */
function ownerText({ pid, host, job, state, touched }: SweepOwner, now: Date): string {
  const name = `process ${pid} on ${printable(host)}${job === undefined ? "" : `, ${printable(job)}`}`;
  if (state === "ended") {
    return `${name}, has ended without removing its lock`;
  }
  const seen = `last sign of life ${clockText(secondsFrom(touched, now))} ago`;
  return state === "silent" ? `${name}, perhaps dead: ${seen}` : `${name}, ${seen}`;
}

function runLines(
  runs: readonly SweepRunStatus[],
  textOf: (run: SweepRunStatus, now: Date) => string | undefined,
  now: Date,
): readonly string[] {
  return truncateList(
    runs.flatMap((run) => {
      const text = textOf(run, now);
      const shard = run.shard === undefined ? "" : `, shard ${run.shard.index} of ${run.shard.count}`;
      return text === undefined ? [] : `  ${run.name}${shard}: ${text}`;
    }),
  );
}

function runningText(run: SweepRunStatus, now: Date): string | undefined {
  return run.state === "running"
    ? `step ${run.steps} of ${run.run.cell.steps}, ${percent(run.share)}, last row ${clockText(secondsFrom(run.lastRow, now))} ago`
    : undefined;
}

function failedText(run: SweepRunStatus): string | undefined {
  if (run.state !== "failed") {
    return undefined;
  }
  const { message, host, job } = run.failure;
  const [first = "", ...rest] = message.split("\n");
  const more = rest.length === 0 ? "" : ` (and ${pluralize(rest.length, "more line")})`;
  const where = `${printable(host)}${job === undefined ? "" : `, ${printable(job)}`}`;
  return `${escapeControls(first)}${more} (on ${where})`;
}

function damagedText(run: SweepRunStatus): string | undefined {
  return run.state === "damaged" ? escapeControls(run.reason) : undefined;
}

/** Rounds down, so that 100 % means all. */
function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** Clocks of machines may differ: a time in the future is now. */
function secondsFrom(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}

/** Returns a date in the local time zone: "2026-11-26 14:20". */
function localTime(date: Date): string {
  // The Swedish form of a date is ISO 8601's.
  return date.toLocaleString("sv-SE").slice(0, 16);
}
