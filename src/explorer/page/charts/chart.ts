import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatNumber } from "../../../analysis/labels.js";
import { accuracyAt, errorScale } from "../../../analysis/stats/error-scale.js";
import type { ValueScale } from "../../view/chart-rows.js";
import type { ChartLine, ChartLines } from "../../view/lines.js";
import type { StepRange } from "../../view/view-state.js";
import { addGestures } from "./gestures.js";
import { type Theme, withOpacity } from "./theme.js";

/** What a chart shows and how. */
export interface OpenChartOptions {
  readonly title: string;
  readonly scale: ValueScale;
  readonly theme: Theme;
  readonly size: { readonly width: number; readonly height: number };
  /** The steps that are shown. */
  readonly range: StepRange;
  /** The lowest and the highest value that are shown. */
  readonly limits: readonly [number, number];
  /** Where a chart of accuracies has a line across. */
  readonly convergedAccuracy: number;
  /** Charts with the same key move their cursors together. */
  readonly syncKey: string;
  /** True for the lowest chart of a column, which alone has labels of steps. */
  readonly hasSteps: boolean;
  onZoom(range: StepRange): void;
  /** Called with the step at the cursor; undefined if the cursor has left. */
  onCursor(step: number | undefined): void;
}

/** A chart in the page. */
export interface OpenedChart {
  readonly element: HTMLElement;
  setLines(lines: ChartLines, limits: readonly [number, number]): void;
  setRange(range: StepRange, limits: readonly [number, number]): void;
  setWidth(width: number): void;
  /** Moves the cursor to a step. */
  showStep(step: number): void;
  close(): void;
}

const accuracyTicks = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998];

/** Width of the labels beside a chart, the same for all, so that charts below each other agree. */
const axisWidth = 52;

/** Draws lines. The chart is in a box of its own, which the caller puts into the page. */
export function openChart(element: HTMLElement, lines: ChartLines, options: OpenChartOptions): OpenedChart {
  let { range, limits } = options;
  const plot = new uPlot(plotOptions(), alignedData(lines, options.scale), element);
  const dispose = addGestures(plot, () => range, options.onZoom);
  return {
    element,
    setLines(next, nextLimits) {
      limits = nextLimits;
      plot.setData(alignedData(next, options.scale), false);
      plot.setScale("x", { min: range.from, max: range.to });
    },
    setRange(next, nextLimits) {
      range = next;
      limits = nextLimits;
      plot.setScale("x", { min: next.from, max: next.to });
    },
    setWidth(width) {
      if (width !== plot.width) {
        plot.setSize({ width, height: options.size.height });
      }
    },
    showStep: (step) => plot.setCursor({ left: plot.valToPos(step, "x"), top: plot.over.clientHeight / 2 }),
    close() {
      dispose();
      plot.destroy();
    },
  };

  function plotOptions(): uPlot.Options {
    const { theme, scale, size, syncKey, hasSteps } = options;
    const axis = {
      stroke: theme.soft,
      font: '11px system-ui, "Segoe UI", "Liberation Sans", sans-serif',
      grid: { stroke: theme.line, width: 1 },
      ticks: { show: false },
    };
    return {
      ...size,
      padding: [8, 24, hasSteps ? 0 : 6, 0],
      legend: { show: false },
      cursor: {
        sync: { key: syncKey, scales: ["x", null] },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6, width: 1.5 },
        focus: { prox: -1 },
        y: false,
      },
      scales: {
        x: { time: false, auto: false, min: range.from, max: range.to },
        y: {
          range: () => [...limits] as [number, number],
          ...(scale === "log" && { distr: 3 as const, log: 10 as const }),
        },
      },
      axes: [
        {
          ...axis,
          show: hasSteps,
          size: 26,
          gap: 6,
          space: 70,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000]
            .flatMap((step) => (step < 1000 ? [step] : [step, step * 10, step * 100, step * 1000]))
            .sort((a, b) => a - b),
          values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en")),
        },
        {
          ...axis,
          size: axisWidth,
          gap: 6,
          space: 28,
          ...(scale === "error" && {
            splits: (plot: uPlot) => spacedTicks(plot, limits),
            values: (_: uPlot, ticks: number[]) =>
              ticks.map((tick) => String(Number(accuracyAt(tick).toFixed(4)))),
          }),
          ...(scale === "linear" && {
            values: (_: uPlot, ticks: number[]) => ticks.map((tick) => String(Number(tick.toPrecision(4)))),
          }),
          ...(scale === "log" && {
            grid: {
              ...axis.grid,
              filter: (_: uPlot, ticks: number[]) => ticks.map((tick) => (isPowerOfTen(tick) ? tick : null)),
            },
            values: (_: uPlot, ticks: (number | null)[]) =>
              ticks.map((tick) => (tick === null || !isPowerOfTen(tick) ? "" : powerLabel(tick))),
          }),
        },
      ],
      series: [{}, ...lines.lines.flatMap((line) => seriesOf(line, theme))],
      bands: bandsOf(lines, theme),
      hooks: {
        drawAxes:
          scale === "error" ? [(plot) => drawRule(plot, errorScale(options.convergedAccuracy), theme)] : [],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width > 4) {
              options.onZoom({
                from: Math.floor(plot.posToVal(left, "x")),
                to: Math.ceil(plot.posToVal(left + width, "x")),
              });
            }
            plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          },
        ],
        setCursor: [
          (plot) => {
            const { idx, left } = plot.cursor;
            const isInside = left !== undefined && left >= 0 && idx !== null && idx !== undefined;
            options.onCursor(isInside ? plot.posToVal(left, "x") : undefined);
          },
        ],
      },
    };
  }
}

/** Draws a line across at a place, behind the curves. */
function drawRule({ ctx, bbox, valToPos, scales }: uPlot, place: number, { soft }: Theme): void {
  const { min = 0, max = 0 } = scales.y ?? {};
  if (place < (min ?? 0) || place > (max ?? 0)) {
    return;
  }
  const y = Math.round(valToPos(place, "y", true)) + 0.5;
  ctx.save();
  ctx.strokeStyle = withOpacity(soft, 0.7);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** Returns the series of a line: itself, and the ends of its band if it has one, which draw nothing themselves. */
function seriesOf(line: ChartLine, theme: Theme): uPlot.Series[] {
  const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
  const color = colorOf(line, theme);
  const own: uPlot.Series = {
    stroke: color,
    width: line.width,
    dash: [...line.style.dash],
    points: {
      show: (_plot, _series, from, to) => to - from < 60,
      size: 4,
      fill: color,
      stroke: color,
    },
  };
  return line.band === undefined ? [own] : [own, edge, edge];
}

/** Returns the bands between the ends that `seriesOf` returns, which stand in this order after the steps. */
function bandsOf({ lines }: ChartLines, theme: Theme): uPlot.Band[] {
  let next = 1;
  return lines.flatMap((line) => {
    const first = next;
    next += line.band === undefined ? 1 : 3;
    return line.band === undefined
      ? []
      : [{ series: [first + 2, first + 1], fill: withOpacity(colorOf(line, theme), 0.14) }];
  });
}

function colorOf({ style }: ChartLine, { isDark }: Theme): string {
  return isDark ? style.dark : style.light;
}

/** Returns the data of uPlot: steps, then of each line its values, and the lowest and highest of its band if there is one. */
function alignedData({ steps, lines }: ChartLines, scale: ValueScale): uPlot.AlignedData {
  const place = placeOn(scale);
  const series = lines.flatMap(({ values, band }) =>
    (band === undefined ? [values] : [values, band.low, band.high]).map((list) => Array.from(list, place)),
  );
  return [[...steps], ...series];
}

/** Returns where a value is drawn on a scale; null where it cannot be. */
function placeOn(scale: ValueScale): (value: number) => number | null {
  return (value) => {
    if (!Number.isFinite(value) || (scale === "log" && value <= 0)) {
      return null;
    }
    return scale === "error" ? errorScale(value) : value;
  };
}

/** Returns the range of values of some lines within steps, with a little room. */
export function valueLimits(
  charts: readonly ChartLines[],
  { from, to }: StepRange,
  scale: ValueScale,
): readonly [number, number] {
  const place = placeOn(scale);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { steps, lines } of charts) {
    for (const { values, band } of lines) {
      for (const list of band === undefined ? [values] : [values, band.low, band.high]) {
        for (let i = 0; i < steps.length; i++) {
          const step = steps[i] ?? Number.NaN;
          const shown = step >= from && step <= to ? place(list[i] ?? Number.NaN) : null;
          if (shown !== null) {
            low = Math.min(low, shown);
            high = Math.max(high, shown);
          }
        }
      }
    }
  }
  if (low > high) {
    return scale === "log" ? [0.1, 1] : [0, 1];
  }
  if (scale === "log") {
    return [low / 1.15, high * 1.15];
  }
  if (scale === "error") {
    const [bottom, top] = [Math.min(low, errorScale(0.9)), Math.max(high, errorScale(0.99))];
    const room = 0.04 * (top - bottom);
    return [bottom - room, top + room];
  }
  const bottom = Math.min(low, 0);
  const room = 0.04 * (high - bottom || Math.abs(high) || 1);
  return [low >= 0 ? 0 : low - room, high + room];
}

/** Returns the ticks of accuracies that have room, the most important first. */
function spacedTicks(plot: uPlot, [low, high]: readonly [number, number]): number[] {
  const room = (18 * (high - low)) / Math.max(1, plot.over.clientHeight || plot.height);
  const important = [0.99, 0.9, 0.999, 0.5, ...accuracyTicks].map(errorScale);
  const chosen: number[] = [];
  for (const tick of important) {
    if (tick >= low && tick <= high && chosen.every((other) => Math.abs(other - tick) >= room)) {
      chosen.push(tick);
    }
  }
  return chosen.sort((a, b) => a - b);
}

function isPowerOfTen(value: number): boolean {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-9;
}

function powerLabel(value: number): string {
  return value >= 1e-3 && value < 1e4 ? String(Number(value.toPrecision(1))) : formatNumber(value, 1);
}
