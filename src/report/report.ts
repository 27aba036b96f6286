import { existsSync } from "node:fs";
import { join, parse } from "node:path";
import { setImmediate } from "node:timers/promises";
import { findRuns, onlyFolder } from "../analysis/input/find-runs.js";
import { readRuns } from "../analysis/input/read-runs.js";
import { studySmoothing } from "../analysis/run-summary.js";
import { selectRuns } from "../analysis/selection.js";
import { escapeControls, problemsError, shown, wordProblem } from "../config/problems.js";
import { embeddedWidth } from "../explorer/embed.js";
import { listFigures, refuseTooManyValues } from "../figures/catalogue.js";
import { standardFigures } from "../figures/options.js";
import { filteredName, requireFormat, writeOutputFile, writeStdout } from "../figures/output.js";
import { reportFileName, summaryFileName } from "../results/paths.js";
import { refuseMixedSource } from "../results/provenance.js";
import { printLine } from "../terminal/messages.js";
import { openStageProgress } from "../terminal/progress-bar.js";
import { computeReport, type ReportData } from "./data.js";
import { pageFigures, renderPage } from "./html/page.js";
import { formatReportJson } from "./json.js";
import type { TableFormat } from "./options.js";
import { formatCsv, formatLatex, formatMarkdown } from "./table-formats.js";
import { standardWidth } from "./table-text.js";
import { axisTable, cellTable, reportTables } from "./tables.js";
import { formatReportText } from "./text.js";

/** Text, a page, JSON, or the tables alone in a format for other programs. */
export type ReportForm = "text" | "html" | "json" | TableFormat;

/** The options of `segloss report`. */
export interface ReportOptions {
  /** A sweep's folder, CSVs, or "-" for the standard input. */
  readonly inputs: readonly string[];
  readonly form: ReportForm;
  readonly output: string | undefined;
  readonly only: readonly string[];
  /** Axes whose differences text and tables have cell by cell. */
  readonly compare: readonly string[];
  /** Text of any width, not of the terminal's. */
  readonly wide: boolean;
  /** Compare the checksum of every CSV with its record's. */
  readonly verify: boolean;
  /** Refuse runs that were made by different source code. */
  readonly strict: boolean;
  readonly quiet: boolean;
}

/** Reads the runs, computes the report and writes it. Throws SeglossError for a user's mistake. */
export async function report(options: ReportOptions): Promise<void> {
  if (options.form === "html") {
    requireFormat(options.output ?? "-", ["html", "htm"], "pages");
  }
  const found = findRuns(options.inputs, options);
  const reading = openStageProgress("reading", found.files.length, options.quiet);
  const width = options.form === "html" ? embeddedWidth(found.files) : undefined;
  const collection = await readRuns(found, studySmoothing, reading.step, width).finally(reading.stop);
  const data = computeReport(nameOf(options.inputs), selectRuns(collection, options.only), options.only);
  if (options.strict) {
    refuseMixedSource(data.warnings);
  }
  const folder = onlyFolder(options.inputs);
  const output = options.output ?? defaultOutput(options, folder);
  if (options.form === "html") {
    await writePage(data, options, output, folder);
  } else {
    await write(output, formatReport(data, options));
  }
}

/** Returns the report in any form but the page. */
function formatReport(data: ReportData, { form, compare, output, wide }: ReportOptions): string {
  const axes = comparedAxes(data, compare);
  switch (form) {
    case "json":
      return formatReportJson(data);
    case "markdown":
      return formatMarkdown(reportTables(data, axes));
    case "latex":
      return formatLatex(reportTables(data, axes));
    case "csv":
      return formatCsv(axes.length === 0 ? [cellTable(data)] : axes.map((axis) => axisTable(data, axis)));
    default: {
      const terminal = output === undefined || output === "-" ? process.stdout.columns : undefined;
      return formatReportText(data, axes, wide ? Number.POSITIVE_INFINITY : (terminal ?? standardWidth));
    }
  }
}

/** A page of a folder goes into that folder, under a name that holds the filter; everything else goes to stdout. */
function defaultOutput({ form, only }: ReportOptions, folder: string | undefined): string {
  if (form !== "html" || folder === undefined) {
    return "-";
  }
  const { name, ext } = parse(reportFileName);
  return join(folder, `${filteredName(name, only)}${ext}`);
}

async function writePage(
  data: ReportData,
  { quiet }: ReportOptions,
  output: string,
  folder: string | undefined,
): Promise<void> {
  const summary = folder === undefined ? undefined : join(folder, summaryFileName);
  refuseTooManyValues(data.runs);
  const figures = listFigures(data.runs, { ...standardFigures, smoothing: studySmoothing });
  const place = {
    path: output === "-" ? undefined : output,
    summary: summary !== undefined && existsSync(summary) ? summary : undefined,
  };
  const drawing = openStageProgress("drawing", pageFigures(figures).length, quiet);
  const parts: string[] = [];
  try {
    for await (const part of renderPage(data, figures, place)) {
      parts.push(part);
      if (part.startsWith("<figure")) {
        drawing.step();
      }
      await setImmediate();
    }
  } finally {
    drawing.stop();
  }
  await write(output, parts.join("\n"));
  if (output !== "-" && !quiet) {
    printLine(`report in ${escapeControls(output)}`);
  }
}

async function write(output: string, text: string): Promise<void> {
  if (output === "-") {
    await writeStdout(text);
  } else {
    writeOutputFile(output, text);
  }
}

/** Returns the columns of the axes that `--compare` names. Throws SeglossError for one that does not vary. */
function comparedAxes(data: ReportData, names: readonly string[]): readonly string[] {
  const axes = [...new Set(data.overall.map(({ axis }) => axis.key))];
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, "");
  const find = (name: string) =>
    axes.find((axis) => plain(axis) === plain(name) || (axis === "trained_loss" && name === "loss"));
  const problems = names
    .filter((name) => find(name) === undefined)
    .map((name) =>
      wordProblem(
        {
          place: "--compare",
          path: "",
          got: shown(name),
          allowed: axes.join(", ") || "nothing: no axis varies",
        },
        name,
        axes,
      ),
    );
  if (problems.length > 0) {
    throw problemsError(problems);
  }
  return names.flatMap((name) => find(name) ?? []);
}

function nameOf(inputs: readonly string[]): string {
  return inputs.map((input) => (input === "-" ? "the standard input" : input.replace(/\/+$/, ""))).join(", ");
}
