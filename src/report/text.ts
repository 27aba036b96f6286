import { axesOf } from "../analysis/axes.js";
import type { Claim } from "../analysis/findings/claim.js";
import type { Finding } from "../analysis/findings/findings.js";
import { describeLeftOut } from "../analysis/input/find-runs.js";
import { abbreviationsOf, keysLabel } from "../analysis/labels.js";
import { pluralize } from "../terminal/messages.js";
import type { ReportData } from "./data.js";
import { distinguishingKeys } from "./format.js";
import { originOf } from "./origin.js";
import { formatTable, wrapLine } from "./table-text.js";
import { axisTable, cellTable, overallTable, type Table } from "./tables.js";

/**
 * Returns the report as text of at most `width` characters a line, if its tables allow, with the differences along `axes`
 * cell by cell.
 */
export function formatReportText(data: ReportData, axes: readonly string[], width: number): string {
  const titled = (table: Table) => [...wrapLine(table.title, width), ...formatTable(table, width)];
  const overall = overallTable(data);
  const parts = [
    [data.name, ...formatHead(data), ...originLines(data)].flatMap((line) => wrapLine(line, width, 2)),
    formatTable(cellTable(data), width),
    data.judged > 0 ? findingLines(data.findings, width) : [],
    overall === undefined ? [] : titled(overall),
    ...axes.map((axis) => titled(axisTable(data, axis))),
  ];
  const text = parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n");
  return `${text}\n${abbreviationLines(text, data)}`;
}

/** Returns the lines that a reader needs before the numbers. */
export function formatHead({ runs, planned, leftOut, warnings, ...data }: ReportData): readonly string[] {
  const count =
    planned === undefined ? pluralize(runs.length, "run") : `${runs.length} of ${pluralize(planned, "run")}`;
  const fixed = axesOf(runs).filter(({ values }) => values.length === 1);
  const common = keysLabel(
    runs[0]?.keys ?? new Map(),
    fixed.map(({ key }) => key),
  );
  return [
    `${count}${common === "" ? "" : `, all of them with ${common}`}`,
    ...describeLeftOut(leftOut),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...comparabilityLine(runs.length, data),
  ];
}

/** The facts of the origin that the text has; the page has all. */
const originFacts = ["Only", "Trained", "Seed", "Commit", "Device"];

/** Returns a line for each fact about the origin of the runs. */
function originLines(data: ReportData): readonly string[] {
  const known = originOf(data).facts.filter(({ name }) => originFacts.includes(name));
  return known.map(({ name, text }) => `${name.toLowerCase()}: ${text}`);
}

/** Returns a line if the findings are judged by part of the runs or not at all. */
function comparabilityLine(
  runs: number,
  { judged, obstacles }: Pick<ReportData, "judged" | "obstacles">,
): readonly string[] {
  if (judged === 0) {
    return [`The study's six findings are not testable here: ${obstacles.join("; ")}`];
  }
  return judged === runs
    ? []
    : [
        `The findings are judged by ${pluralize(judged, "run")} with the study's value in every other parameter`,
      ];
}

function findingLines(findings: readonly Finding[], width: number): readonly string[] {
  return findings.flatMap(({ number, verdict, text, claims }, i) => [
    ...(i === 0 ? [] : [""]),
    ...wrapLine(`Finding ${number}: ${verdict.toUpperCase()}. ${text}`, width, 2),
    ...(verdict === "not in this sweep" ? [] : claims.flatMap((claim) => claimLines(claim, width))),
  ]);
}

function claimLines({ verdict, text, rule, numbers, original }: Claim, width: number): readonly string[] {
  const indent = 14;
  return [
    ...wrapLine(`  ${verdict}: ${text}`, width, 4),
    ...wrapLine(`    rule:     ${rule}`, width, indent),
    ...(numbers === "" ? [] : wrapLine(`    here:     ${numbers}`, width, indent)),
    ...wrapLine(`    original: ${original}`, width, indent),
  ];
}

/** Explains the short titles of keys that the text has. */
function abbreviationLines(text: string, { runs }: ReportData): string {
  const used = abbreviationsOf(distinguishingKeys(runs)).filter(([short]) =>
    text.split("\n").some((line) => new RegExp(`(^| {2,})${short}( {2,}|$)`).test(line)),
  );
  return used.length === 0 ? "" : `\n${used.map(([short, long]) => `${short}: ${long}`).join(", ")}\n`;
}
