import { initialView, type StepRange, smoothingWindows, type ViewState } from "../../view/view-state.js";
import { create, createButton } from "../dom.js";
import type { Store } from "../store.js";

/** The controls of the charts. Their elements stay, so that a slider can be dragged while the charts follow. */
export interface Toolbar {
  readonly element: HTMLElement;
  /** `full` are all steps that there are. */
  render(view: ViewState, full: StepRange): void;
}

/** Creates the controls of the charts. */
export function createToolbar(store: Store, zoomTo: (range: StepRange | undefined) => void): Toolbar {
  let range: StepRange = { from: 0, to: 1 };
  const view = () => store.state().view;
  const pan = (share: number) => () => {
    const moved = share * (range.to - range.from);
    zoomTo({ from: range.from + moved, to: range.to + moved });
  };
  const zoom = (factor: number) => () => {
    const [center, half] = [(range.from + range.to) / 2, ((range.to - range.from) / 2) * factor];
    zoomTo({ from: center - half, to: center + half });
  };
  const first = stepField("First step", (from) => zoomTo({ from, to: Math.max(range.to, from + 2) }));
  const last = stepField("Last step", (to) => zoomTo({ from: Math.min(range.from, to - 2), to }));
  const left = labeled("‹", "Pan left", pan(-0.5));
  const right = labeled("›", "Pan right", pan(0.5));
  const out = labeled("−", "Zoom out", zoom(2));
  const all = labeled("All", "All steps", () => zoomTo(undefined));
  const norms = createSlider("norms", (size) =>
    store.setView({ smoothing: { ...view().smoothing, norms: size } }),
  );
  const losses = createSlider("losses", (size) =>
    store.setView({ smoothing: { ...view().smoothing, losses: size } }),
  );
  const raw = createButton("Raw", () =>
    store.setView({ smoothing: isRaw(view()) ? initialView.smoothing : { norms: 1, losses: 1 } }),
  );
  const log = createButton("Log scale", () => store.setView({ isLog: !view().isLog }));
  const each = createButton("Each run", () => store.setView({ showsRuns: !view().showsRuns }), {
    title: "A line for each run instead of the median and a band from the lowest to the highest",
  });
  const split = createButton("Side by side", () => store.setView({ isSplit: !view().isSplit }));
  const element = create(
    "div",
    { class: "toolbar" },
    group("Steps", first, "–", last, left, right, out, labeled("+", "Zoom in", zoom(0.5)), all),
    group("Smoothing", norms.element, losses.element, raw),
    group("Charts", log, each, split),
  );
  return {
    element,
    render(next, full) {
      range = next.steps ?? full;
      const isAll = next.steps === undefined;
      for (const [input, value] of [
        [first, range.from],
        [last, range.to],
      ] as const) {
        input.min = String(full.from);
        input.max = String(full.to);
        input.value = String(value);
      }
      for (const button of [left, right, out, all]) {
        button.disabled = isAll;
      }
      norms.show(next.smoothing.norms);
      losses.show(next.smoothing.losses);
      split.hidden = next.open.length < 2;
      for (const [button, isOn] of [
        [raw, isRaw(next)],
        [log, next.isLog],
        [each, next.showsRuns],
        [split, next.isSplit],
      ] as const) {
        button.setAttribute("aria-pressed", String(isOn));
      }
    },
  };
}

function isRaw({ smoothing }: ViewState): boolean {
  return smoothing.norms === 1 && smoothing.losses === 1;
}

function group(name: string, ...children: readonly (Node | string)[]): HTMLElement {
  return create("div", { class: "tools", attributes: { role: "group", "aria-label": name } }, ...children);
}

function labeled(text: string, label: string, onClick: () => void): HTMLButtonElement {
  return createButton(text, onClick, { title: label, attributes: { "aria-label": label } });
}

function stepField(label: string, onChange: (step: number) => void): HTMLInputElement {
  const input = create("input", {
    title: label,
    attributes: { type: "number", "aria-label": label },
    on: { change: () => onChange(Number(input.value)) },
  });
  return input;
}

function createSlider(name: string, onChange: (window: number) => void) {
  const text = create("output", {});
  const input = create("input", {
    attributes: {
      type: "range",
      min: 0,
      max: smoothingWindows.length - 1,
      "aria-label": `Moving average of ${name}`,
    },
    on: { input: () => onChange(smoothingWindows[Number(input.value)] ?? 1) },
  });
  return {
    element: create("label", { class: "slider" }, `Smooth ${name}`, input, text),
    show(window: number) {
      input.value = String(smoothingWindows.indexOf(window));
      input.setAttribute("aria-valuetext", window === 1 ? "raw" : `${window} steps`);
      text.textContent = window === 1 ? "raw" : String(window);
    },
  };
}
