import { nearestIndex } from "../../../analysis/stats/arrays.js";
import type { StepRange } from "../../view/view-state.js";

/** What the keys of the charts act on. */
export interface ChartKeyTarget {
  /** All steps of the charts. */
  steps(): readonly number[];
  range(): StepRange;
  /** The step at the cursor. */
  step(): number | undefined;
  onStep(step: number): void;
  /** Shows other steps; undefined for all. */
  onZoom(range: StepRange | undefined): void;
}

/** Lets keys move the cursor of the charts, zoom and pan while the element has the focus. */
export function createChartKeys(element: HTMLElement, target: ChartKeyTarget): void {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const action = actionOf(event.key, event.shiftKey, target);
    if (action !== undefined) {
      event.preventDefault();
      action();
    }
  });
}

function actionOf(key: string, isFar: boolean, target: ChartKeyTarget): (() => void) | undefined {
  const { from, to } = target.range();
  const pan = (share: number) => () =>
    target.onZoom({ from: from + share * (to - from), to: to + share * (to - from) });
  switch (key) {
    case "ArrowLeft":
      return () => moveBy(target, isFar ? -10 : -1);
    case "ArrowRight":
      return () => moveBy(target, isFar ? 10 : 1);
    case "Home":
      return () => target.onStep(from);
    case "End":
      return () => target.onStep(to);
    case "+":
    case "=":
      return () => target.onZoom(zoomed(target, 0.5));
    case "-":
      return () => target.onZoom(zoomed(target, 2));
    case "PageUp":
      return pan(-0.5);
    case "PageDown":
      return pan(0.5);
    case "0":
      return () => target.onZoom(undefined);
    default:
      return undefined;
  }
}

function moveBy(target: ChartKeyTarget, count: number): void {
  const steps = target.steps();
  const { from, to } = target.range();
  const at = nearestIndex(steps, target.step() ?? (count > 0 ? from : to));
  const next = steps[Math.max(0, Math.min(steps.length - 1, at + (target.step() === undefined ? 0 : count)))];
  if (next !== undefined) {
    if (next < from || next > to) {
      const moved = next < from ? next - from : next - to;
      target.onZoom({ from: from + moved, to: to + moved });
    }
    target.onStep(next);
  }
}

/** Returns a range that is longer or shorter by a factor, around the cursor if it is within. */
function zoomed(target: ChartKeyTarget, factor: number): StepRange {
  const { from, to } = target.range();
  const step = target.step();
  const center = step !== undefined && step >= from && step <= to ? step : (from + to) / 2;
  return { from: center - (center - from) * factor, to: center + (to - center) * factor };
}
