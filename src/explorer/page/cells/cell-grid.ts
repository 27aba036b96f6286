import { errorScale } from "../../../analysis/stats/error-scale.js";
import type { IndexCell, IndexRun, LineStyle, SweepIndex } from "../../model.js";
import {
  acrossAxis,
  type CellGroup,
  cellLabel,
  cellValue,
  groupCells,
  selectedCells,
  selectedRuns,
  trainedLossOf,
} from "../../view/selection.js";
import { smoothIntervals } from "../../view/smooth.js";
import { gridColumns, type ViewState } from "../../view/view-state.js";
import { currentTheme, type Theme } from "../charts/theme.js";
import { create, createButton, replaceContent } from "../dom.js";
import type { CurveCache } from "../sources/curve-cache.js";
import type { PageState, Store } from "../store.js";
import { drawSparkline, type SparkLine } from "./sparkline.js";

/** The grid of all cells. */
export interface CellGrid {
  readonly element: HTMLElement;
  /** Builds the cards of a view. */
  render(state: PageState): void;
  /** Shows what has changed in the runs of a watched sweep; the cards stay. */
  update(state: PageState): void;
  /** Draws the curves again, after some were read or the colors have changed. */
  redraw(): void;
}

/** A card of the grid, drawn once it is near the screen. */
interface Card {
  readonly cell: IndexCell;
  readonly canvas: HTMLCanvasElement;
  isVisible: boolean;
  /** Writes the texts of the cell's runs into the card. */
  write(): void;
}

/** Creates the grid of cells. A click opens a cell, with Shift or Ctrl beside what is open. */
export function createCellGrid(store: Store, cache: CurveCache): CellGrid {
  const count = create("p", { class: "soft", attributes: { "aria-live": "polite" } });
  const choice = create("select", {
    attributes: { id: "grid-column" },
    on: { change: () => store.setView({ grid: choice.value }) },
  });
  const cells = create("div", { class: "cells" });
  const element = create(
    "section",
    { class: "grid", attributes: { "aria-label": "Cells" } },
    create(
      "div",
      { class: "bar" },
      count,
      create("label", { class: "field" }, "Each cell shows", choice),
      create("p", { class: "soft hint" }, "Click opens a cell, Shift-click compares."),
    ),
    cells,
  );
  let state = store.state();
  let cards: readonly Card[] = [];
  let drawing = 0;
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const card = cards.find(({ canvas }) => canvas === target);
        if (card !== undefined) {
          card.isVisible = isIntersecting;
        }
      }
      redraw();
    },
    { rootMargin: "300px" },
  );
  cells.addEventListener("keydown", (event) => moveFocus(cells, event));

  function render(next: PageState): void {
    state = next;
    const { index, view } = state;
    const selected = selectedCells(index, view);
    const runs = selected.reduce((sum, cell) => sum + selectedRuns(index, cell, view).length, 0);
    const of = selected.length === index.cells.length ? "" : ` of ${index.cells.length}`;
    count.textContent = `${selected.length}${of} cells, ${runs} runs`;
    renderChoice(choice, index, view);
    observer.disconnect();
    const made: Card[] = [];
    const groups = groupCells(index, selected).map((group, i) => createGroup(group, i, made));
    replaceContent(cells, ...groups);
    cells.style.setProperty("--across", String(acrossAxis(index)?.values.length ?? 1));
    cards = made;
    // One card can be reached by Tab, the others from there by arrow keys.
    cells.querySelector(".card")?.setAttribute("tabindex", "0");
    for (const { canvas } of cards) {
      observer.observe(canvas);
    }
  }

  function update(next: PageState): void {
    state = next;
    for (const card of cards) {
      card.write();
    }
    redraw();
  }

  function createGroup({ title, cells: own }: CellGroup, number: number, made: Card[]): HTMLElement {
    const id = `group-${number}`;
    return create(
      "div",
      { class: "group", attributes: { role: "group", ...(title !== "" && { "aria-labelledby": id }) } },
      title === "" ? undefined : create("h3", { attributes: { id } }, title),
      create("div", { class: "cards" }, ...own.map((cell) => createCard(cell, made))),
    );
  }

  function createCard(cell: IndexCell, made: Card[]): HTMLElement {
    const { index, view } = state;
    const across = acrossAxis(index);
    const title = across === undefined ? "all runs" : (cellValue(index, cell, across)?.label ?? "");
    const runs = selectedRuns(index, cell, view);
    const canvas = create("canvas", { attributes: { "aria-hidden": "true" } });
    const isOpen = view.open.includes(cell.id);
    const isShown = isOpen || runs.some(({ id }) => view.open.includes(id));
    const final = create("span", { class: "value" });
    const note = create("span", { class: "card-note" });
    const open = (isAdded: boolean) => {
      const others = view.open.filter((id) => id !== cell.id);
      store.setView({ open: isAdded ? (isOpen ? others : [...view.open, cell.id]) : [cell.id] });
    };
    const button = createButton("", (event) => open(event.shiftKey || event.ctrlKey || event.metaKey), {
      class: `card${isShown ? " is-open" : ""}`,
      attributes: {
        tabindex: "-1",
        "data-focus": cell.id,
        "data-cell": cell.id,
        "aria-pressed": String(isOpen),
      },
    });
    button.append(create("span", { class: "card-title" }, title, final), canvas, note);
    const write = () => {
      const now = selectedRuns(state.index, cell, state.view);
      const [warning] = now.flatMap(({ warnings }) => warnings);
      button.ariaLabel = `${cellLabel(index, cell)}: ${describeCell(now)}`;
      button.classList.toggle("is-wrong", warning !== undefined);
      final.textContent = finalText(now);
      note.textContent = stateText(now) + (warning === undefined ? "" : `⚠ ${warning}`);
    };
    write();
    made.push({ cell, canvas, isVisible: false, write });
    const compare = createButton(isOpen ? "−" : "+", () => open(true), {
      class: "compare",
      title: isOpen ? "Close" : "Compare with what is open",
      attributes: {
        tabindex: "-1",
        "aria-label": `${isOpen ? "Close" : "Compare"} ${cellLabel(index, cell)}`,
      },
    });
    return create("div", { class: "card-box" }, button, compare);
  }

  function redraw(): void {
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(() => {
      const theme = currentTheme();
      const visible = cards.filter(({ isVisible }) => isVisible);
      const lines = new Map(visible.map((card) => [card, linesOf(card.cell, theme)]));
      const limits = gridLimits(state, [...lines.values()].flat());
      for (const [{ canvas }, own] of lines) {
        drawSparkline(canvas, own, limits, theme);
      }
    });
  }

  /** Returns the lines of a cell: one for each of its runs. */
  function linesOf(cell: IndexCell, { isDark }: Theme): readonly SparkLine[] {
    const { index, view } = state;
    const style = cellStyle(index, cell);
    const color = isDark ? style.dark : style.light;
    return selectedRuns(index, cell, view).flatMap((run) => {
      const curve = gridCurve(run, cell);
      return curve === undefined ? [] : [{ ...curve, color }];
    });
  }

  function gridCurve(run: IndexRun, cell: IndexCell): Omit<SparkLine, "color"> | undefined {
    const { index, view } = state;
    if (view.grid === "accuracy") {
      return { steps: run.accuracy.steps, values: run.accuracy.values.map(errorScale) };
    }
    const loss = trainedLossOf(index, cell);
    const wanted = view.grid.startsWith("trained ") ? view.grid.slice("trained ".length) : undefined;
    const column = index.columns.find(({ name, group, label }) =>
      wanted === undefined ? name === view.grid : group === wanted && label === loss,
    );
    const curves = column && cache.read(run, undefined);
    if (curves === undefined || column === undefined) {
      return undefined;
    }
    const place = view.isLog ? (value: number) => (value > 0 ? Math.log10(value) : Number.NaN) : Number;
    if (column.group === "measure") {
      return {
        steps: curves.measuredSteps,
        values: Array.from(curves.measures.get(column.name) ?? [], errorScale),
      };
    }
    const means = curves.columns.get(column.name)?.mean ?? new Float32Array(0);
    const window = column.group === "loss" ? view.smoothing.losses : view.smoothing.norms;
    return { steps: curves.steps, values: Array.from(smoothIntervals(means, curves.width, window), place) };
  }

  return { element, render, update, redraw };
}

function renderChoice(choice: HTMLSelectElement, index: SweepIndex, { grid }: ViewState): void {
  const names = gridColumns(index);
  if (choice.options.length !== names.length) {
    choice.replaceChildren(
      ...names.map(({ name, label }) => create("option", { attributes: { value: name } }, label)),
    );
  }
  choice.value = grid;
}

/** Returns the style of a cell's curves: that of its value on the axis along which cells stand side by side. */
function cellStyle(index: SweepIndex, cell: IndexCell): LineStyle {
  const across = acrossAxis(index);
  const value = across && cellValue(index, cell, across);
  return value ?? { light: "#0072B2", dark: "#4C9FDB", dash: [] };
}

/** Returns the range of steps and of places that all small charts share. */
function gridLimits({ index, view }: PageState, lines: readonly SparkLine[]) {
  const places = lines.flatMap(({ values }) => Array.from(values)).filter(Number.isFinite);
  const isError = gridColumns(index).find(({ name }) => name === view.grid)?.name === "accuracy";
  const lowest = places.reduce((low, place) => Math.min(low, place), Number.POSITIVE_INFINITY);
  const highest = places.reduce((high, place) => Math.max(high, place), Number.NEGATIVE_INFINITY);
  const last = index.runs.reduce((most, run) => Math.max(most, run.lastStep, (run.plannedRows ?? 0) - 1), 1);
  return {
    steps: [0, last] as const,
    // A collapsed accuracy may be far below what is of interest.
    places: isError
      ? ([Math.max(lowest, errorScale(0.4)), Math.max(highest, errorScale(0.995))] as const)
      : ([view.isLog ? lowest : Math.min(0, lowest), highest] as const),
    rule: isError ? errorScale(index.convergedAccuracy) : undefined,
  };
}

function finalText(runs: readonly IndexRun[]): string {
  const finals = runs.flatMap(({ finalAccuracy }) => finalAccuracy ?? []).sort((a, b) => a - b);
  const median = finals[Math.floor((finals.length - 1) / 2)];
  return median === undefined ? "" : shortAccuracy(median);
}

/** Returns an accuracy without the zero before its point: ".9964". */
function shortAccuracy(accuracy: number): string {
  return accuracy.toFixed(4).replace(/^(-?)0\./, "$1.");
}

/** Returns what is not finished of some runs; nothing if all are. */
function stateText(runs: readonly IndexRun[]): string {
  const unfinished = runs.filter(({ state }) => state !== "done");
  if (unfinished.length === 0) {
    return "";
  }
  const counts = [...new Set(unfinished.map(({ state }) => state))].map(
    (name) => `${unfinished.filter(({ state }) => state === name).length} ${name}`,
  );
  return `${counts.join(", ")} `;
}

function describeCell(runs: readonly IndexRun[]): string {
  const final = finalText(runs);
  const parts = [
    `${runs.length} run${runs.length === 1 ? "" : "s"}`,
    final === "" ? "no accuracy yet" : `final accuracy ${final}`,
    stateText(runs).trim(),
    ...runs.flatMap(({ warnings }) => warnings),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Moves the focus among the cards by arrow keys: to the nearest one in that direction. */
function moveFocus(cells: HTMLElement, event: KeyboardEvent): void {
  const directions: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const direction = directions[event.key];
  const from = document.activeElement;
  if (direction === undefined || !(from instanceof HTMLElement) || !from.classList.contains("card")) {
    return;
  }
  event.preventDefault();
  const [x, y] = direction;
  const center = (element: Element) => {
    const box = element.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2] as const;
  };
  const [fromX, fromY] = center(from);
  const cards = [...cells.querySelectorAll<HTMLElement>(".card")].filter((card) => card !== from);
  const ahead = cards.flatMap((card) => {
    const [toX, toY] = center(card);
    const along = (toX - fromX) * x + (toY - fromY) * y;
    const aside = Math.abs((toX - fromX) * y) + Math.abs((toY - fromY) * x);
    return along > 1 && aside <= along ? [{ card, distance: along + 3 * aside }] : [];
  });
  const nearest = ahead.sort((a, b) => a.distance - b.distance)[0]?.card;
  if (nearest !== undefined) {
    from.tabIndex = -1;
    nearest.tabIndex = 0;
    nearest.focus();
  }
}
