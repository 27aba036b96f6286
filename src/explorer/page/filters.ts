import type { ColumnGroup } from "../model.js";
import { differingAxes } from "../view/selection.js";
import { initialView } from "../view/view-state.js";
import { create, createButton, createSwatch, createToggle, replaceContent } from "./dom.js";
import type { PageState, Store } from "./store.js";

/** The choices of what is shown. */
export interface Filters {
  readonly element: HTMLElement;
  render(state: PageState): void;
}

const groupNames: Readonly<Record<ColumnGroup, string>> = {
  measure: "accuracy",
  loss: "losses",
  norm: "gradient norms",
  "layer norm": "norms of layers",
};

/** Creates the choices: the values of every axis, the runs, and the curves. */
export function createFilters(store: Store): Filters {
  const body = create("div", { class: "filters-body" });
  const element = create(
    "details",
    { class: "filters" },
    create("summary", {}, "Choose cells and curves"),
    body,
  );
  // A wide screen has room for them.
  const isWide = matchMedia("(min-width: 60rem)");
  const unfold = () => {
    element.open = isWide.matches;
  };
  isWide.addEventListener("change", unfold);
  unfold();
  return {
    element,
    render: (state) =>
      replaceContent(
        body,
        ...axisChoices(store, state),
        runChoice(store, state),
        curveChoice(store, state),
        createButton("Show all", () => store.setView({ ...initialView, open: [] }), {
          class: "link",
          attributes: { "data-focus": "show all" },
        }),
      ),
  };
}

function axisChoices(store: Store, { index, view }: PageState): readonly HTMLElement[] {
  return differingAxes(index).map(({ key, label, values }) => {
    const chosen = view.only.get(key) ?? [];
    const toggles = values.slice(0, mostValues).map((value) => {
      const toggle = createToggle(
        "",
        chosen.includes(value.text),
        () => {
          const next = toggled(
            chosen,
            value.text,
            values.map(({ text }) => text),
          );
          const only = new Map(view.only);
          only.delete(key);
          store.setView({ only: next.length === 0 ? only : only.set(key, next) });
        },
        { attributes: { "data-focus": `axis ${key} ${value.text}` } },
      );
      toggle.append(...(key === "trained_loss" ? [createSwatch(value)] : []), value.label);
      return toggle;
    });
    return choice(label, toggles);
  });
}

/** The most values of an axis that have a button each. */
const mostValues = 60;

function runChoice(store: Store, { index, view }: PageState): HTMLElement | undefined {
  const repetitions = [...new Set(index.runs.map(({ repetition }) => repetition))].sort((a, b) => a - b);
  if (repetitions.length < 2) {
    return undefined;
  }
  return choice(
    "runs",
    repetitions
      .slice(0, mostValues)
      .map((repetition) =>
        createToggle(
          String(repetition),
          view.repetitions.includes(repetition),
          () => store.setView({ repetitions: toggled(view.repetitions, repetition, repetitions) }),
          { attributes: { "data-focus": `run ${repetition}` } },
        ),
      ),
  );
}

function curveChoice(store: Store, { index, view }: PageState): HTMLElement {
  const present = (Object.keys(groupNames) as ColumnGroup[]).filter((group) =>
    index.columns.some((column) => column.group === group),
  );
  const losses = index.columns.filter(({ group }) => group === "loss");
  return choice("curves", [
    ...present.map((group) =>
      createToggle(
        groupNames[group],
        view.groups.includes(group),
        () => {
          const groups = present.filter((other) => view.groups.includes(other) !== (other === group));
          store.setView({ groups: groups.length === 0 ? [group] : groups });
        },
        { attributes: { "data-focus": `group ${group}` } },
      ),
    ),
    create("span", { class: "break" }),
    ...losses.map((column) => {
      const toggle = createToggle(
        "",
        view.curves.includes(column.label),
        () =>
          store.setView({
            curves: toggled(
              view.curves,
              column.label,
              losses.map(({ label }) => label),
            ),
          }),
        { attributes: { "data-focus": `curve ${column.label}` } },
      );
      toggle.append(createSwatch(column), column.label);
      return toggle;
    }),
  ]);
}

function choice(name: string, toggles: readonly HTMLElement[]): HTMLElement {
  return create("fieldset", {}, create("legend", {}, name), create("div", { class: "toggles" }, ...toggles));
}

/** Returns the chosen values with one added or taken away; none if that makes all of them, which is no limit. */
function toggled<Value>(chosen: readonly Value[], value: Value, all: readonly Value[]): readonly Value[] {
  const next = all.filter((other) => chosen.includes(other) !== (other === value));
  return next.length === all.length ? [] : next;
}
