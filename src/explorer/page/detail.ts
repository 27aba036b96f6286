import type { ColumnGroup } from "../model.js";
import { type ChartRow, chartRows, longestSteps, stepsOf } from "../view/chart-rows.js";
import type { OpenItem } from "../view/lines.js";
import { itemLetter, itemStyles, openedIn, selectedRuns, trainedLossOf } from "../view/selection.js";
import type { StepRange, ViewState } from "../view/view-state.js";
import { type OpenedChart, openChart, valueLimits } from "./charts/chart.js";
import { createChartKeys } from "./charts/chart-keys.js";
import { createReadout } from "./charts/readout.js";
import { currentTheme } from "./charts/theme.js";
import { createToolbar } from "./charts/toolbar.js";
import { createValuesTable } from "./charts/values-table.js";
import { createCompareChoice, createTabs } from "./compare.js";
import { create, replaceContent } from "./dom.js";
import { createRunsTable } from "./runs-table.js";
import type { CurveCache } from "./sources/curve-cache.js";
import type { PageState, Store } from "./store.js";

/** What is open large. */
export interface Detail {
  readonly element: HTMLElement;
  render(state: PageState): void;
}

const heights: Readonly<Record<ColumnGroup, number>> = {
  measure: 190,
  loss: 250,
  norm: 250,
  "layer norm": 250,
};

/** Creates the part of the page with what is open large: charts, the values at the cursor, and the runs. */
export function createDetail(store: Store, cache: CurveCache): Detail {
  const tabs = create("div", { class: "tabs" });
  const toolbar = createToolbar(store, zoomTo);
  const plots = create("div", {
    class: "plots",
    attributes: {
      tabindex: 0,
      role: "application",
      "aria-label":
        "Charts. Left and right arrow keys move along the steps, with Shift by ten; plus and minus zoom, Page Up and Page Down pan, 0 shows all steps.",
    },
  });
  const readout = createReadout();
  const stage = create("div", { class: "stage" }, plots, readout.element);
  const below = create("div", { class: "below" });
  const values = createValuesTable();
  const element = create(
    "section",
    { class: "detail", hidden: true, attributes: { "aria-label": "Open cells and runs" } },
    tabs,
    toolbar.element,
    stage,
    values.element,
    below,
  );
  let open: { readonly key: string; readonly charts: readonly (readonly OpenedChart[])[] } = {
    key: "",
    charts: [],
  };
  let rows: readonly ChartRow[] = [];
  let items: readonly OpenItem[] = [];
  let before: PageState | undefined;
  let full: StepRange = { from: 0, to: 1 };
  let step: number | undefined;
  let frame = 0;

  createChartKeys(plots, {
    steps: () => longestSteps(rows),
    range: () => store.state().view.steps ?? full,
    step: () => step,
    onStep(next) {
      for (const chart of open.charts.flat()) {
        chart.showStep(next);
      }
      moveTo(next);
      readout.show(next);
      readout.speak();
    },
    onZoom: zoomTo,
  });
  new ResizeObserver(() => resize()).observe(plots);

  /** Zooms to steps within those that there are, at least two of them. */
  function zoomTo(range: StepRange | undefined): void {
    if (range === undefined) {
      store.setView({ steps: undefined });
      return;
    }
    const span = Math.min(full.to - full.from, Math.max(2, Math.round(range.to - range.from)));
    const from = Math.round(Math.min(Math.max(range.from, full.from), full.to - span));
    const isAll = span >= full.to - full.from;
    store.setView({ steps: isAll ? undefined : { from, to: from + span } });
  }

  /** Shows the values at a step, once a frame at most. */
  function moveTo(next: number | undefined): void {
    step = next;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => readout.show(step));
  }

  function render({ index, view }: PageState): void {
    const opened = openedIn(index, view);
    element.hidden = opened.length === 0;
    document.body.classList.toggle("has-detail", opened.length > 0);
    if (opened.length === 0) {
      closeCharts();
      before = undefined;
      return;
    }
    const styles = itemStyles(index, opened);
    items = opened.map((item, i) => ({
      id: item.id,
      label: item.label,
      style: styles[i] ?? { light: "#000000", dark: "#ffffff", dash: [] },
      trainedLoss: trainedLossOf(index, item.cell),
      runs: (item.run ? [item.run] : selectedRuns(index, item.cell, view)).flatMap((run) => {
        const curves = cache.read(run, view.steps);
        return curves === undefined ? [] : [{ repetition: run.repetition, curves }];
      }),
    }));
    rows = chartRows(index, view, items);
    full = stepsOf(opened.flatMap(({ cell, run }) => (run ? [run] : selectedRuns(index, cell, view))));
    // What a reader may be using stays while a watched sweep goes on.
    if (view !== before?.view) {
      replaceContent(tabs, createTabs(store, opened, items), createCompareChoice(store));
    }
    toolbar.render(view, full);
    renderCharts(view);
    stage.style.setProperty("--names", view.showsRuns ? "13rem" : "10rem");
    stage.style.setProperty("--values", String(items.length + (items.length === 2 ? 1 : 0)));
    readout.setRows(rows, items, view, view.steps ?? full);
    readout.show(step);
    values.setRows(rows, items, view.steps ?? full);
    if (view !== before?.view || index.runs !== before.index.runs) {
      replaceContent(below, createRunsTable(store, opened));
    }
    before = { index, view };
  }

  function renderCharts(view: ViewState): void {
    const theme = currentTheme();
    const range = view.steps ?? full;
    const limits = rows.map(({ charts, scale }) => valueLimits(charts, range, scale));
    // Charts of the same structure take new data; the others are made anew.
    const key = JSON.stringify([
      theme,
      rows.map(({ group, scale, charts }) => [
        group,
        scale,
        charts.map(({ lines }) => lines.map(({ style, width, band }) => [style, width, band !== undefined])),
      ]),
    ]);
    if (key === open.key) {
      for (const [r, row] of rows.entries()) {
        for (const [c, lines] of row.charts.entries()) {
          open.charts[r]?.[c]?.setRange(range, limits[r] ?? [0, 1]);
          open.charts[r]?.[c]?.setLines(lines, limits[r] ?? [0, 1]);
        }
      }
      return;
    }
    closeCharts();
    const columns = Math.max(1, ...rows.map(({ charts }) => charts.length));
    plots.style.setProperty("--columns", String(columns));
    const width = chartWidth(columns);
    const charts = rows.map((row, r) =>
      row.charts.map((lines, c) => {
        const box = create("div", { class: "chart" });
        const name = columns > 1 ? `${itemLetter(c)}: ${row.title}` : row.title;
        plots.append(create("figure", {}, create("figcaption", {}, name), box));
        return openChart(box, lines, {
          title: name,
          scale: row.scale,
          theme,
          size: { width, height: heights[row.group] },
          range,
          limits: limits[r] ?? [0, 1],
          convergedAccuracy: store.state().index.convergedAccuracy,
          syncKey: "steps",
          hasSteps: r === rows.length - 1,
          onZoom: zoomTo,
          onCursor: moveTo,
        });
      }),
    );
    open = { key, charts };
  }

  function chartWidth(columns: number): number {
    const gap = 12;
    return Math.max(160, Math.floor((plots.clientWidth - gap * (columns - 1)) / columns));
  }

  function resize(): void {
    for (const charts of open.charts) {
      for (const chart of charts) {
        chart.setWidth(chartWidth(charts.length));
      }
    }
  }

  function closeCharts(): void {
    for (const chart of open.charts.flat()) {
      chart.close();
    }
    open = { key: "", charts: [] };
    plots.replaceChildren();
  }

  return { element, render };
}
