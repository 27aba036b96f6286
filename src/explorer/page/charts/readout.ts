import { formatNumber } from "../../../analysis/labels.js";
import { nearestIndex } from "../../../analysis/stats/arrays.js";
import { type ChartRow, intervalOf } from "../../view/chart-rows.js";
import type { ChartLine, OpenItem } from "../../view/lines.js";
import { itemLetter } from "../../view/selection.js";
import type { StepRange, ViewState } from "../../view/view-state.js";
import { announce, create, createSwatch, replaceContent } from "../dom.js";

/** The legend of the charts, with the values of all curves at the cursor. */
export interface Readout {
  readonly element: HTMLElement;
  setRows(rows: readonly ChartRow[], items: readonly OpenItem[], view: ViewState, range: StepRange): void;
  /** Shows the values at the nearest step that there is; undefined for the last step of the range. */
  show(step: number | undefined): void;
  /** Has a screen reader say the values that are shown. */
  speak(): void;
}

/** A line with the element that shows its value. */
interface ShownValue {
  readonly line: ChartLine;
  readonly steps: readonly number[];
  readonly isMeasure: boolean;
  readonly name: string;
  readonly element: HTMLElement;
}

/** Creates the legend. */
export function createReadout(): Readout {
  const heading = create("p", { class: "step" });
  const body = create("div", { class: "readout-body" });
  const element = create(
    "aside",
    { class: "readout", attributes: { "aria-label": "Values at the cursor" } },
    heading,
    body,
  );
  let shown: readonly ShownValue[] = [];
  let last = 0;
  let measuredAt: readonly { readonly steps: readonly number[]; readonly element: HTMLElement }[] = [];
  let ratios: readonly { readonly parts: readonly ShownValue[]; readonly element: HTMLElement }[] = [];

  return {
    element,
    setRows(rows, items, view, range) {
      const values: ShownValue[] = [];
      const measured: { steps: readonly number[]; element: HTMLElement }[] = [];
      const compared: { parts: readonly ShownValue[]; element: HTMLElement }[] = [];
      const tables = rows.map((row) => {
        const all = row.charts.flatMap(({ steps, lines }) => lines.map((line) => ({ line, steps })));
        const names = [...new Set(all.map(({ line }) => nameOf(line, view)))];
        const isRatio = items.length === 2;
        const at = create("span", {});
        if (row.group === "measure") {
          measured.push({ steps: all[0]?.steps ?? [], element: at });
        }
        const head = create(
          "tr",
          {},
          create("th", { attributes: { scope: "col" } }, row.title, at),
          ...items.map((item, i) =>
            create(
              "th",
              { class: "number", title: item.label, attributes: { scope: "col" } },
              items.length > 1 ? itemLetter(i) : "",
            ),
          ),
          isRatio
            ? create(
                "th",
                { class: "number", attributes: { scope: "col" } },
                row.group === "measure" ? "B − A" : "B / A",
              )
            : undefined,
        );
        const lines = names.map((name) => {
          const own = all.filter(({ line }) => nameOf(line, view) === name);
          const cells = items.map((_, i) => {
            const cell = create("td", { class: "number" });
            const found = own.find(({ line }) => line.item === i);
            if (found === undefined) {
              return { cell, value: undefined };
            }
            const value = {
              ...found,
              isMeasure: row.group === "measure",
              name: `${row.title} ${name}`,
              element: cell,
            };
            values.push(value);
            return { cell, value };
          });
          const ratio = isRatio ? create("td", { class: "number soft" }) : undefined;
          const parts = cells.flatMap(({ value }) => value ?? []);
          if (ratio !== undefined && parts.length === 2) {
            compared.push({ parts, element: ratio });
          }
          const styles = new Map(own.map(({ line }) => [JSON.stringify(line.style), line.style]));
          const swatches = [...styles.values()].map(createSwatch);
          return create(
            "tr",
            {},
            create("th", { attributes: { scope: "row" } }, ...swatches.slice(0, 3), name),
            ...cells.map(({ cell }) => cell),
            ratio,
          );
        });
        return create("table", {}, create("thead", {}, head), create("tbody", {}, ...lines));
      });
      const width = intervalOf(items);
      const note = create(
        "p",
        { class: "soft interval" },
        width === 1 ? "Every step is shown." : `Means of ${width} steps each are shown.`,
      );
      replaceContent(body, ...tables, note);
      shown = values;
      last = range.to;
      measuredAt = measured;
      ratios = compared;
    },
    show(step) {
      heading.textContent = `Step ${Math.round(step ?? last).toLocaleString("en")}`;
      // A measure is there at some steps only: at this one or beside it.
      for (const { steps, element: place } of measuredAt) {
        const at = steps[nearestIndex(steps, step ?? last)];
        place.textContent = at === undefined ? "" : ` at step ${at.toLocaleString("en")}`;
      }
      for (const value of shown) {
        value.element.textContent = textAt(value, step ?? last);
      }
      for (const { parts, element: cell } of ratios) {
        cell.textContent = ratioAt(parts, step ?? last);
      }
    },
    speak() {
      const parts = shown.map(({ name, element: cell }) => `${name} ${cell.textContent}`);
      announce(`${heading.textContent}: ${parts.join("; ")}`);
    },
  };
}

function nameOf({ label, repetition }: ChartLine, { showsRuns }: ViewState): string {
  return showsRuns && repetition !== undefined ? `${label}, run ${repetition}` : label;
}

function valueAt({ line, steps }: ShownValue, step: number): number {
  return line.values[nearestIndex(steps, step)] ?? Number.NaN;
}

function textAt(value: ShownValue, step: number): string {
  return formatValue(valueAt(value, step), value.isMeasure);
}

/** Returns a value in a few digits; a measure with four decimals. */
export function formatValue(value: number, isMeasure: boolean): string {
  if (Number.isNaN(value)) {
    return "–";
  }
  return isMeasure ? value.toFixed(4) : formatNumber(value);
}

function ratioAt([one, other]: readonly ShownValue[], step: number): string {
  if (one === undefined || other === undefined) {
    return "";
  }
  const [a, b] = [valueAt(one, step), valueAt(other, step)];
  if (Number.isNaN(a) || Number.isNaN(b)) {
    return "–";
  }
  return one.isMeasure ? `${b >= a ? "+" : "−"}${Math.abs(b - a).toFixed(4)}` : formatNumber(b / a);
}
