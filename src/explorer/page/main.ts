import type { DataSource, SourceDescription } from "../model.js";
import { sourceElement } from "../page-elements.js";
import { createCellGrid } from "./cells/cell-grid.js";
import { createDetail } from "./detail.js";
import { create } from "./dom.js";
import { createFilters } from "./filters.js";
import { createFindings } from "./findings.js";
import { createProgress } from "./progress.js";
import { addSorting } from "./sort-tables.js";
import { createCurveCache } from "./sources/curve-cache.js";
import { createEmbeddedSource } from "./sources/embedded-source.js";
import { createLiveSource } from "./sources/live-source.js";
import { createStore } from "./store.js";
import { createWarningList } from "./warning-list.js";
import "./style.css";

/** Builds the explorer into the page. */
async function start(root: HTMLElement, source: DataSource): Promise<void> {
  const index = await source.readIndex();
  const store = createStore(index);
  let drawing = 0;
  const cache = createCurveCache(source, () => {
    // Many curves that arrive at once are drawn once.
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(() => {
      grid.redraw();
      detail.render(store.state());
    });
  });
  const progress = createProgress();
  const warnings = createWarningList(store);
  const filters = createFilters(store);
  const grid = createCellGrid(store, cache);
  const detail = createDetail(store, cache);
  root.append(
    progress.element,
    warnings.element,
    ...(index.findings.length > 0 ? [createFindings(store, index)] : []),
    create("div", { class: "explorer" }, filters.element, detail.element, grid.element),
  );
  const render = () => {
    const state = store.state();
    filters.render(state);
    grid.render(state);
    detail.render(state);
  };
  store.subscribe((state, before) => {
    progress.render(state.index.progress);
    warnings.render(state);
    if (state.view === before.view) {
      if (state.index.runs !== before.index.runs) {
        grid.update(state);
        detail.render(state);
      }
    } else if (isSameButSteps(state.view, before.view)) {
      // Zooming, the most frequent change, leaves the grid and the choices as they are.
      detail.render(state);
    } else {
      render();
    }
    const [opened] = state.view.open;
    if (state.view.open.length === 1 && !before.view.open.includes(opened ?? "")) {
      scrollTo(detail.element);
    }
  });
  progress.render(index.progress);
  warnings.render(store.state());
  render();
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", render);
  }
  addEventListener("resize", () => grid.redraw());
  source.follow(store.update, progress.setLost);
}

/** Scrolls to an element unless its beginning is in view. */
function scrollTo(element: HTMLElement): void {
  const { top } = element.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) {
    element.scrollIntoView({ block: "start" });
  }
}

function isSameButSteps<View extends object>(one: View, other: View): boolean {
  const entries = Object.entries(one) as [keyof View, unknown][];
  return entries.every(([key, value]) => key === "steps" || value === other[key]);
}

const description: SourceDescription = JSON.parse(
  document.getElementById(sourceElement)?.textContent ?? "{}",
);
const root = document.getElementById("explorer");
if (root !== null) {
  void start(
    root,
    description.kind === "live" ? createLiveSource() : createEmbeddedSource(description.index),
  );
}
// The tables stand after the script.
addEventListener("DOMContentLoaded", addSorting);
