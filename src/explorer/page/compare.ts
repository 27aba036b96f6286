import type { OpenItem } from "../view/lines.js";
import {
  cellLabel,
  compareLabels,
  itemLetter,
  type Opened,
  selectedCells,
  selectedRuns,
} from "../view/selection.js";
import { create, createButton, createSwatch } from "./dom.js";
import type { Store } from "./store.js";

/** Creates the list of what is open, each with a button that closes it. */
export function createTabs(store: Store, opened: readonly Opened[], items: readonly OpenItem[]): HTMLElement {
  const { index, view } = store.state();
  const { common, own } = compareLabels(index, opened);
  const tabs = opened.map(({ id, label }, i) =>
    create(
      "li",
      {},
      ...(opened.length > 1 && items[i] !== undefined
        ? [create("b", { class: "letter" }, itemLetter(i)), createSwatch(items[i].style)]
        : []),
      create("span", {}, own[i] ?? label),
      createButton("×", () => store.setView({ open: view.open.filter((other) => other !== id) }), {
        class: "close",
        title: "Close",
        attributes: { "aria-label": `Close ${label}`, "data-focus": `close ${id}` },
      }),
    ),
  );
  return create(
    "ul",
    { class: "opened", attributes: { "aria-label": "Open" } },
    ...tabs,
    common === "" ? undefined : create("li", { class: "common" }, common),
  );
}

/** Creates a choice of all cells and runs that can be compared with what is open. */
export function createCompareChoice(store: Store): HTMLElement {
  const { index, view } = store.state();
  const isSmall = index.runs.length <= mostChoices;
  const groups = selectedCells(index, view)
    .slice(0, mostChoices)
    .map((cell) => {
      const label = cellLabel(index, cell);
      const runs = isSmall ? selectedRuns(index, cell, view) : [];
      return create(
        "optgroup",
        { attributes: { label } },
        create(
          "option",
          { attributes: { value: cell.id } },
          runs.length === 1 ? label : `${label}: all runs`,
        ),
        ...(runs.length === 1
          ? []
          : runs.map(({ id, repetition }) =>
              create("option", { attributes: { value: id } }, `${label}, run ${repetition}`),
            )),
      );
    });
  const choice = create(
    "select",
    {
      attributes: { "aria-label": "Compare with", "data-focus": "compare" },
      on: {
        change: () => {
          if (choice.value !== "" && !view.open.includes(choice.value)) {
            store.setView({ open: [...view.open, choice.value] });
          }
        },
      },
    },
    create("option", { attributes: { value: "" } }, "Compare with …"),
    ...groups,
  );
  return choice;
}

/** The most runs, and the most cells, that the choice lists. */
const mostChoices = 2000;
