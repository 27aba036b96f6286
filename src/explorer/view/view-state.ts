import type { ColumnGroup, SweepIndex } from "../model.js";

/** What the page shows. It stands in the page's address, so that a view can be shared. */
export interface ViewState {
  /** The values of axes to which the view is limited, by key; an axis without a limit is absent. */
  readonly only: ReadonlyMap<string, readonly string[]>;
  /** The repetitions to which the view is limited; empty for all. */
  readonly repetitions: readonly number[];
  /** Ids of the cells and runs that are open large. */
  readonly open: readonly string[];
  /** The name of the column that the grid shows, or "trained loss" or "trained norm" for that of each cell. */
  readonly grid: string;
  /** The groups of curves that are shown large. */
  readonly groups: readonly ColumnGroup[];
  /** Labels of the curves to which the view is limited, such as names of losses; empty for all. */
  readonly curves: readonly string[];
  /** The steps to which the charts are zoomed; undefined for all. */
  readonly steps: StepRange | undefined;
  readonly smoothing: CurveSmoothing;
  /** True for logarithmic axes of losses and norms. */
  readonly isLog: boolean;
  /** True if each run of a cell has a line, false for the median with a band from the lowest to the highest. */
  readonly showsRuns: boolean;
  /** True if what is open stands side by side, false if it shares its charts. */
  readonly isSplit: boolean;
}

/** Steps from the first to the last. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** Steps of the moving averages, odd. */
export interface CurveSmoothing {
  readonly norms: number;
  readonly losses: number;
}

/** The windows of moving averages that can be chosen. The study's are 201 for norms and 11 for losses. */
export const smoothingWindows: readonly number[] = [1, 3, 5, 11, 21, 51, 101, 201, 401, 1001];

/** What the page shows first. */
export const initialView: ViewState = {
  only: new Map(),
  repetitions: [],
  open: [],
  grid: "accuracy",
  groups: ["measure", "loss", "norm"],
  curves: [],
  steps: undefined,
  smoothing: { norms: 201, losses: 11 },
  isLog: false,
  showsRuns: false,
  isSplit: false,
};

const groups: readonly ColumnGroup[] = ["measure", "loss", "norm", "layer norm"];

/** Before an axis' key in the address, so that no key is taken for another parameter. */
const axisPrefix = "only.";

/** Returns a view as the fragment of an address, without what is as at first. */
export function formatView(view: ViewState): string {
  const query = new URLSearchParams();
  const addAll = (name: string, values: readonly (string | number)[]) => {
    for (const value of values) {
      query.append(name, String(value));
    }
  };
  addAll("open", view.open);
  for (const [key, values] of view.only) {
    addAll(axisPrefix + key, values);
  }
  addAll("run", view.repetitions);
  addAll("curve", view.curves);
  if (view.groups.join() !== initialView.groups.join()) {
    query.set("show", view.groups.join());
  }
  if (view.grid !== initialView.grid) {
    query.set("grid", view.grid);
  }
  if (view.steps !== undefined) {
    query.set("steps", `${view.steps.from}-${view.steps.to}`);
  }
  const { norms, losses } = view.smoothing;
  if (norms !== initialView.smoothing.norms || losses !== initialView.smoothing.losses) {
    query.set("smooth", `${norms},${losses}`);
  }
  for (const [name, isSet] of [
    ["log", view.isLog],
    ["each", view.showsRuns],
    ["split", view.isSplit],
  ] as const) {
    if (isSet) {
      query.set(name, "1");
    }
  }
  return query.toString();
}

/** Parses the fragment of an address. What the sweep does not have, and what is not understood, is left out. */
export function parseView(fragment: string, index: SweepIndex): ViewState {
  const query = new URLSearchParams(fragment);
  const ids = new Set([...index.cells, ...index.runs].map(({ id }) => id));
  const labels = new Set(index.columns.map(({ label }) => label));
  const repetitions = new Set(index.runs.map(({ repetition }) => repetition));
  const limits = index.axes.flatMap(({ key, values }) => {
    const wanted = query.getAll(axisPrefix + key);
    const present = values.map(({ text }) => text).filter((text) => wanted.includes(text));
    return present.length === 0 ? [] : [[key, present] as const];
  });
  const shown = query.get("show")?.split(",");
  return {
    only: new Map(limits),
    repetitions: distinct(query.getAll("run").map(Number)).filter((number) => repetitions.has(number)),
    open: distinct(query.getAll("open")).filter((id) => ids.has(id)),
    grid: gridColumns(index).find(({ name }) => name === query.get("grid"))?.name ?? initialView.grid,
    groups: shown === undefined ? initialView.groups : groups.filter((group) => shown.includes(group)),
    curves: distinct(query.getAll("curve")).filter((label) => labels.has(label)),
    steps: parseSteps(query.get("steps") ?? ""),
    smoothing: parseSmoothing(query.get("smooth") ?? ""),
    isLog: query.get("log") === "1",
    showsRuns: query.get("each") === "1",
    isSplit: query.get("split") === "1",
  };
}

/** What the grid can show, with a label each. */
export function gridColumns({ axes, columns }: SweepIndex): readonly { name: string; label: string }[] {
  const hasTrained = axes.some(({ key }) => key === "trained_loss");
  const named = columns
    .filter(({ layer }) => layer === undefined)
    .map(({ name, group, label }) => ({ name, label: group === "measure" ? label : `${label} ${group}` }));
  const trained = [
    { name: "trained loss", label: "trained loss" },
    { name: "trained norm", label: "norm of the trained loss" },
  ];
  return hasTrained
    ? [
        ...named.filter(({ name }) => name === "accuracy"),
        ...trained,
        ...named.filter(({ name }) => name !== "accuracy"),
      ]
    : named;
}

function parseSteps(text: string): StepRange | undefined {
  const [, from, to] = /^(\d{1,16})-(\d{1,16})$/.exec(text) ?? [];
  return from !== undefined && to !== undefined && Number(from) < Number(to)
    ? { from: Number(from), to: Number(to) }
    : undefined;
}

function parseSmoothing(text: string): CurveSmoothing {
  const [norms, losses] = text.split(",").map(Number);
  const known = (window: number | undefined, standard: number) =>
    smoothingWindows.find((size) => size === window) ?? standard;
  return {
    norms: known(norms, initialView.smoothing.norms),
    losses: known(losses, initialView.smoothing.losses),
  };
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
