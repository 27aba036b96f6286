import type { IndexRun } from "../model.js";
import { cellLabel } from "../view/selection.js";
import { create, createButton, replaceContent } from "./dom.js";
import type { PageState, Store } from "./store.js";

/** The runs of a watched sweep that go wrong. */
export interface WarningList {
  readonly element: HTMLElement;
  render(state: PageState): void;
}

/** Runs that are listed. */
const mostListed = 100;

/** Creates the list of the runs with warnings, each of which opens its run; hidden if there is none, and if nothing is watched. */
export function createWarningList(store: Store): WarningList {
  const title = create("summary", { class: "warning" });
  const list = create("ul", {});
  const element = create("details", { class: "warnings", hidden: true }, title, list);
  let shown = "";
  return {
    element,
    render({ index }) {
      const wrong = index.progress === undefined ? [] : index.runs.filter((run) => run.warnings.length > 0);
      const content = JSON.stringify(wrong.map(({ id, warnings }) => [id, warnings]));
      if (content === shown) {
        return;
      }
      shown = content;
      element.hidden = wrong.length === 0;
      title.textContent = `⚠ ${wrong.length} ${wrong.length === 1 ? "run stands" : "runs stand"} out`;
      const item = (run: IndexRun) => {
        const cell = index.cells[run.cell];
        const name = `${cell === undefined ? run.id : cellLabel(index, cell)}, run ${run.repetition}`;
        const open = createButton(name, () => store.setView({ open: [run.id] }), {
          class: "link",
          attributes: { "data-focus": `warning ${run.id}` },
        });
        return create("li", {}, open, `: ${run.warnings.join("; ")}`);
      };
      const more = wrong.length - mostListed;
      replaceContent(
        list,
        ...wrong.slice(0, mostListed).map(item),
        more > 0 ? create("li", {}, `and ${more} more`) : undefined,
      );
    },
  };
}
