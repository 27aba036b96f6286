import { nearestIndex } from "../../../analysis/stats/arrays.js";
import type { ChartRow } from "../../view/chart-rows.js";
import type { OpenItem } from "../../view/lines.js";
import type { StepRange } from "../../view/view-state.js";
import { create, replaceContent } from "../dom.js";
import { formatValue } from "./readout.js";

/** A table with the values that the charts show, at some of the steps. */
export interface ValuesTable {
  readonly element: HTMLElement;
  setRows(rows: readonly ChartRow[], items: readonly OpenItem[], range: StepRange): void;
}

/** Rows of the table. */
const count = 21;

/** Creates the table, folded away. It is made when it is unfolded, and from then on with every change. */
export function createValuesTable(): ValuesTable {
  const body = create("div", {
    class: "scroll",
    attributes: { tabindex: 0, role: "region", "aria-label": "Values" },
  });
  const element = create("details", { class: "values" }, create("summary", {}, "Values as a table"), body);
  let make = () => {};
  element.addEventListener("toggle", () => {
    if (element.open) {
      make();
    }
  });
  return {
    element,
    setRows(rows, items, range) {
      make = () => replaceContent(body, tableOf(rows, items, range));
      if (element.open) {
        make();
      }
    },
  };
}

function tableOf(
  rows: readonly ChartRow[],
  items: readonly OpenItem[],
  { from, to }: StepRange,
): HTMLElement {
  const lines = rows.flatMap(({ title, group, charts }) =>
    charts.flatMap(({ steps, lines: own }) => own.map((line) => ({ title, group, steps, line }))),
  );
  const steps = [
    ...new Set(Array.from({ length: count }, (_, i) => Math.round(from + ((to - from) * i) / (count - 1)))),
  ];
  const titleOf = ({ title, line }: (typeof lines)[number]) =>
    [
      title,
      line.label,
      ...(line.repetition === undefined ? [] : [`run ${line.repetition}`]),
      ...(items.length > 1 ? [items[line.item]?.label ?? ""] : []),
    ].join(", ");
  return create(
    "table",
    {},
    create("caption", {}, "Values of the charts at the nearest steps that there are"),
    create(
      "thead",
      {},
      create(
        "tr",
        {},
        ...["Step", ...lines.map(titleOf)].map((text) =>
          create("th", { attributes: { scope: "col" } }, text),
        ),
      ),
    ),
    create(
      "tbody",
      {},
      ...steps.map((step) =>
        create(
          "tr",
          {},
          create("th", { class: "number", attributes: { scope: "row" } }, step.toLocaleString("en")),
          ...lines.map(({ group, steps: own, line }) =>
            create(
              "td",
              { class: "number" },
              formatValue(line.values[nearestIndex(own, step)] ?? Number.NaN, group === "measure"),
            ),
          ),
        ),
      ),
    ),
  );
}
