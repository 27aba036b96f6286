import type { RunSummary } from "../analysis/run-summary.js";
import { escapeControls } from "../config/problems.js";
import type { RunRecord } from "../results/run-record.js";
import { pluralize } from "../terminal/messages.js";

/** Where runs come from: what their records say about when, how and by which program they were made. */
export interface ReportOrigin {
  /** Facts with their names, in reading order. */
  readonly facts: readonly OriginFact[];
  /** The values of every parameter among the runs; undefined without records. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** Some runs, and the filter that selected them: that of a report. */
export interface OriginatedRuns {
  readonly runs: readonly RunSummary[];
  /** As `--only` has it; empty for all runs. */
  readonly only: readonly string[];
}

/** One fact about the origin of runs. */
export interface OriginFact {
  readonly name: string;
  readonly text: string;
}

/** Returns the origin of runs and the filter that selected them. Values that differ among the runs are all named. */
export function originOf({ runs, only }: OriginatedRuns): ReportOrigin {
  const { facts, config } = recordedOrigin(runs);
  const filter = only.length === 0 ? [] : [{ name: "Only", text: only.join(",") }];
  return {
    facts: [...filter, ...facts].map(({ name, text }) => ({ name, text: escapeControls(text) })),
    config,
  };
}

function recordedOrigin(runs: readonly RunSummary[]): ReportOrigin {
  const records = runs.flatMap(({ record }) => record ?? []);
  const [first] = records;
  if (first === undefined) {
    return { facts: [{ name: "Origin", text: "not known: the CSVs have no records" }], config: undefined };
  }
  const distinct = (textOf: (record: RunRecord) => string) => [...new Set(records.map(textOf))].join("; ");
  const missing = runs.length - records.length;
  const facts = [
    { name: "Trained", text: `${period(records)}, ${duration(records)} of training` },
    { name: "Command", text: distinct(({ command }) => command) },
    { name: "Config", text: distinct(({ configHash }) => `sha256 ${configHash.slice(0, 16)}`) },
    { name: "Seed", text: distinct(({ seed }) => String(seed)) },
    { name: "Commit", text: distinct(({ environment }) => commitText(environment)) },
    { name: "Device", text: distinct(({ environment }) => deviceText(environment)) },
    { name: "Versions", text: distinct(({ environment }) => versionsText(environment)) },
    ...(missing > 0 ? [{ name: "Not known", text: `the origin of ${pluralize(missing, "run")}` }] : []),
  ];
  return { facts, config: configOf(records) };
}

/** Returns the days and minutes between which the runs began, in UTC. */
function period(records: readonly RunRecord[]): string {
  const times = records.map(({ started }) => `${started.slice(0, 10)} ${started.slice(11, 16)}`).toSorted();
  const [first = ""] = times;
  const last = times.at(-1) ?? first;
  return first === last ? `${first} UTC` : `${first} to ${last} UTC`;
}

function duration(records: readonly RunRecord[]): string {
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  return seconds < 120
    ? `${Math.round(seconds)} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
}

function commitText({ commit, dirty }: RunRecord["environment"]): string {
  return commit === undefined ? "not known" : `${commit}${dirty ? " with uncommitted changes" : ""}`;
}

function deviceText({ device, xla, threads, processor }: RunRecord["environment"]): string {
  const model = device === "cpu" && processor ? `, ${processor.model}` : "";
  return `${device}${model}, ${pluralize(threads, "thread")}, XLA ${xla ? "on" : "off"}`;
}

function versionsText({ segloss, node, tfjs, tensorflow }: RunRecord["environment"]): string {
  return `segloss ${segloss}, Node ${node.replace(/^v/, "")}, tfjs ${tfjs}, TensorFlow ${tensorflow}`;
}

/** Returns the values of every key of the config: one value, or a list where the runs differ. */
function configOf(records: readonly RunRecord[]): Readonly<Record<string, unknown>> {
  const all = records.map(({ cell, seed, monitor, perLayer, metrics }) => ({
    ...cell,
    ...{ seed, monitor, perLayer, metrics },
  }));
  const keys = [...new Set(all.flatMap((values) => Object.keys(values)))] as (keyof (typeof all)[number])[];
  return Object.fromEntries(
    keys.map((key) => {
      const texts = [...new Set(all.map((values) => JSON.stringify(values[key])))];
      const values = texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as unknown);
      return [key, values.length === 1 ? values[0] : values];
    }),
  );
}
