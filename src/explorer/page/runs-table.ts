import type { IndexCell, IndexRun } from "../model.js";
import { itemLetter, type Opened, selectedRuns } from "../view/selection.js";
import { announce, create, createButton } from "./dom.js";
import type { Store } from "./store.js";

/** Creates the table of the runs of what is open: their results, their CSVs and the commands that train them again. */
export function createRunsTable(store: Store, opened: readonly Opened[]): HTMLElement {
  const { index, view } = store.state();
  const runs = opened.flatMap(({ cell, run }) =>
    (run ? [run] : selectedRuns(index, cell, view)).map((own) => ({ cell, run: own })),
  );
  const unique = runs.filter(({ run }, i) => runs.findIndex((other) => other.run === run) === i);
  // What is open is named above, by letters if it is several.
  const nameOf = (cell: IndexCell, { repetition }: IndexRun) => {
    const letters = opened.flatMap((item, i) => (item.cell === cell ? [itemLetter(i)] : []));
    return opened.length === 1 ? `run ${repetition}` : `${letters.join(", ")}: run ${repetition}`;
  };
  const titles = [
    "Run",
    "State",
    "Final accuracy",
    "Best",
    "Step at .99",
    "CSV",
    "Command that trains it again",
  ];
  return create(
    "div",
    { class: "scroll", attributes: { tabindex: 0, role: "region", "aria-label": "Runs" } },
    create(
      "table",
      { class: "runs" },
      create("caption", {}, "Runs"),
      create(
        "thead",
        {},
        create("tr", {}, ...titles.map((title) => create("th", { attributes: { scope: "col" } }, title))),
      ),
      create("tbody", {}, ...unique.map(({ cell, run }) => runRow(store, nameOf(cell, run), run))),
    ),
  );
}

function runRow(store: Store, label: string, run: IndexRun): HTMLElement {
  const { view } = store.state();
  const open = createButton(label, () => store.setView({ open: [run.id] }), {
    class: "link",
    title: "Open this run alone",
    attributes: { "data-focus": `run ${run.id}` },
  });
  const isAlone = view.open.length === 1 && view.open[0] === run.id;
  const number = (text: string) => create("td", { class: "number" }, text);
  return create(
    "tr",
    {},
    create("th", { attributes: { scope: "row" } }, isAlone ? label : open),
    create(
      "td",
      {},
      stateOf(run),
      ...run.warnings.map((warning) => create("span", { class: "warning" }, ` ⚠ ${warning}`)),
    ),
    number(run.finalAccuracy?.toFixed(4) ?? "–"),
    number(run.bestAccuracy?.toFixed(4) ?? "–"),
    number(run.convergedStep?.toLocaleString("en") ?? "never"),
    create("td", {}, csvLink(run)),
    create("td", {}, commandOf(run, label)),
  );
}

function stateOf({ state, rows, plannedRows }: IndexRun): string {
  const progress =
    plannedRows === undefined || rows === plannedRows
      ? ""
      : `, ${rows.toLocaleString("en")} of ${plannedRows.toLocaleString("en")} steps`;
  return state + progress;
}

function csvLink({ csv }: IndexRun): HTMLElement | string {
  if (csv === undefined) {
    return "–";
  }
  return csv.href === undefined ? csv.name : create("a", { attributes: { href: csv.href } }, csv.name);
}

function commandOf({ id, command }: IndexRun, label: string): HTMLElement {
  if (command === undefined) {
    return create("span", { class: "soft" }, "not known: no record");
  }
  const copy = createButton(
    "Copy",
    () => {
      navigator.clipboard.writeText(command).then(
        () => {
          copy.textContent = "Copied";
          announce("Command copied");
          setTimeout(() => {
            copy.textContent = "Copy";
          }, 1500);
        },
        () => {
          getSelection()?.selectAllChildren(code);
          announce("The command is selected; the browser does not allow copying");
        },
      );
    },
    {
      class: "copy",
      attributes: { "aria-label": `Copy the command of ${label}`, "data-focus": `copy ${id}` },
    },
  );
  const code = create("code", { title: command }, command);
  return create("div", { class: "command" }, copy, code);
}
