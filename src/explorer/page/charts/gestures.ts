import type uPlot from "uplot";
import type { StepRange } from "../../view/view-state.js";

/** Zooms and pans a chart by wheel and by touch. Returns a function that ends this. */
export function addGestures(
  plot: uPlot,
  rangeNow: () => StepRange,
  onZoom: (range: StepRange) => void,
): () => void {
  const { over } = plot;
  const touches = new Map<number, number>();
  const stepAt = (clientX: number) => plot.posToVal(clientX - over.getBoundingClientRect().left, "x");

  // The wheel alone scrolls the page.
  const onWheel = (event: WheelEvent) => {
    const { from, to } = rangeNow();
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const center = stepAt(event.clientX);
      const factor = 1.003 ** Math.max(-200, Math.min(200, event.deltaY));
      onZoom({ from: center - (center - from) * factor, to: center + (to - center) * factor });
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      const moved = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      const steps = (moved / over.clientWidth) * (to - from);
      onZoom({ from: from + steps, to: to + steps });
    }
  };
  const onDown = (event: PointerEvent) => {
    if (event.pointerType === "touch") {
      touches.set(event.pointerId, event.clientX);
      over.setPointerCapture(event.pointerId);
    }
  };
  const onMove = (event: PointerEvent) => {
    if (!touches.has(event.pointerId)) {
      return;
    }
    const [one, other] = [...touches.values()];
    touches.set(event.pointerId, event.clientX);
    if (one === undefined || other === undefined) {
      const { left, top } = over.getBoundingClientRect();
      plot.setCursor({ left: event.clientX - left, top: event.clientY - top });
      return;
    }
    // The steps below both fingers stay below them.
    const [a, b] = [stepAt(one), stepAt(other)];
    const [x = 0, y = 0] = [...touches.values()];
    const left = over.getBoundingClientRect().left;
    const perPixel = (b - a) / (y - x || 1);
    const from = a - (x - left) * perPixel;
    if (perPixel > 0 || b < a) {
      onZoom({ from, to: from + Math.abs(perPixel) * over.clientWidth });
    }
  };
  const onUp = (event: PointerEvent) => touches.delete(event.pointerId);
  const listeners = [
    ["wheel", onWheel],
    ["pointerdown", onDown],
    ["pointermove", onMove],
    ["pointerup", onUp],
    ["pointercancel", onUp],
  ] as const;
  for (const [type, listener] of listeners) {
    over.addEventListener(type, listener as EventListener, { passive: false });
  }
  return () => {
    for (const [type, listener] of listeners) {
      over.removeEventListener(type, listener as EventListener);
    }
  };
}
