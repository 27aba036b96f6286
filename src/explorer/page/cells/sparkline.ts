import type { Theme } from "../charts/theme.js";

/** A line of a small chart. NaN where it breaks. */
export interface SparkLine {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** A CSS color. */
  readonly color: string;
}

/** What all small charts share, so that they can be compared. */
export interface SparkLimits {
  readonly steps: readonly [number, number];
  readonly places: readonly [number, number];
  /** Where a line across is drawn. */
  readonly rule: number | undefined;
}

/** Draws a small chart on a canvas, as large as CSS makes that. */
export function drawSparkline(
  canvas: HTMLCanvasElement,
  lines: readonly SparkLine[],
  { steps: [first, last], places: [low, high], rule }: SparkLimits,
  theme: Theme,
): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (context === null) {
    return;
  }
  context.scale(scale, scale);
  const x = (step: number) => 1 + ((step - first) / (last - first || 1)) * (width - 2);
  const y = (place: number) => height - 2 - ((Math.max(place, low) - low) / (high - low || 1)) * (height - 4);
  if (rule !== undefined) {
    context.strokeStyle = theme.line;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, Math.round(y(rule)) + 0.5);
    context.lineTo(width, Math.round(y(rule)) + 0.5);
    context.stroke();
  }
  context.lineWidth = 1.25;
  context.lineJoin = "round";
  for (const { steps, values, color } of lines) {
    context.strokeStyle = color;
    context.beginPath();
    let isDown = false;
    for (let i = 0; i < steps.length; i++) {
      const place = values[i] ?? Number.NaN;
      if (!Number.isFinite(place)) {
        isDown = false;
        continue;
      }
      const [px, py] = [x(steps[i] ?? 0), y(place)];
      if (isDown) {
        context.lineTo(px, py);
      } else {
        context.moveTo(px, py);
      }
      isDown = true;
    }
    context.stroke();
  }
}
