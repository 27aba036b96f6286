import type { Axis, Keys } from "./axes.js";
import type { Estimate } from "./stats/estimates.js";

const labels: Readonly<Record<string, string>> = {
  batch_norm: "batch norm",
  threshold: "foreground share",
  trained_loss: "trained loss",
};

const values: Readonly<Record<string, (value: string) => string>> = {
  optimizer: (value) => ({ adam: "Adam", sgd: "SGD" })[value] ?? value,
  batch_norm: (value) => (value === "true" ? "batch norm" : "no batch norm"),
  threshold: (value) => `${share(value)} foreground`,
  trained_loss: (value) => `trained on ${value}`,
};

const ticks: Readonly<Record<string, (value: string) => string>> = {
  optimizer: (value) => ({ adam: "Adam", sgd: "SGD" })[value] ?? value,
  batch_norm: (value) => (value === "true" ? "batch norm" : "no batch norm"),
  threshold: (value) => share(value),
};

/** A key column in words, for an axis or a column of a table. */
export function keyLabel(key: string): string {
  return labels[key] ?? key.replaceAll("_", " ");
}

/** A value that speaks for itself: "95 % foreground", "learning rate 0.01". */
export function valueLabel(key: string, value: string): string {
  return values[key]?.(value) ?? `${keyLabel(key)} ${value}`;
}

/** A value beside its axis' label: "95 %", "0.01". */
export function tickLabel(key: string, value: string): string {
  return ticks[key]?.(value) ?? value;
}

/** A value below its key as the title of a column: "on", "95 %", "dicefg". */
export function columnLabel(key: string, value: string): string {
  return key === "batch_norm" ? (value === "true" ? "on" : "off") : tickLabel(key, value);
}

/** Several keys in words, what is to be seen first: "95 % foreground, Adam, no batch norm". */
export function keysLabel(keys: Keys, names: readonly string[]): string {
  const first = names.filter((name) => name === "threshold");
  const rest = names.filter((name) => name !== "threshold");
  return [...first, ...rest].flatMap((name) => wordsOf(keys, name)).join(", ");
}

function wordsOf(keys: Keys, name: string): readonly string[] {
  const value = keys.get(name);
  return value === undefined ? [] : [valueLabel(name, value)];
}

/** Foreground share of a threshold, in percent: images are uniform in [0, 1). */
function share(threshold: string): string {
  return `${Number((100 * (1 - Number(threshold))).toPrecision(4))} %`;
}

/** An axis' values as numbers to plot: a threshold as its foreground share in percent, any other as it is. */
export function axisNumber(axis: Pick<Axis, "key">, value: string): number {
  return axis.key === "threshold" ? Number((100 * (1 - Number(value))).toPrecision(4)) : Number(value);
}

/** A part of a file's name for the keys, as in a cell's folder: "adam-nobn-t0.05", "learning-rate0.01". */
export function fileNamePart(keys: Keys, names: readonly string[]): string {
  return names.flatMap((name) => fileWord(name, keys.get(name))).join("-");
}

function fileWord(name: string, value: string | undefined): readonly string[] {
  if (value === undefined) {
    return [];
  }
  const word = value.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  if (name === "optimizer" || name === "trained_loss") {
    return [word];
  }
  if (name === "batch_norm") {
    return [value === "true" ? "bn" : "nobn"];
  }
  if (name === "threshold") {
    return [`t${word}`];
  }
  return [`${name.replaceAll("_", "-")}${/^[a-z]/.test(word) ? "-" : ""}${word}`];
}

/** A mean with its 95 % interval: "+0.0132 [0.0101, 0.0163], 3 runs". */
export function formatEstimate(
  { mean, low, high, runs }: Estimate,
  decimals: number,
  signed = false,
): string {
  const sign = signed && mean > 0 ? "+" : "";
  const interval =
    low === null || high === null ? "" : ` [${low.toFixed(decimals)}, ${high.toFixed(decimals)}]`;
  return `${sign}${mean.toFixed(decimals)}${interval}, ${runs} run${runs === 1 ? "" : "s"}`;
}

/** A number in few digits: 0.00123, 12.3, 1.2e-8, 4.5e+6. */
export function formatNumber(value: number, significant = 3): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 10 ** significant)) {
    return value.toExponential(Math.max(0, significant - 2));
  }
  return value.toPrecision(significant);
}
