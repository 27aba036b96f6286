import type { Axis, Keys } from "./axes.js";
import type { Estimate } from "./stats/estimates.js";

// Maps, since a CSV may have a column or value named like a property of every object.
const keyLabels: ReadonlyMap<string, string> = new Map([
  ["batch_norm", "batch norm"],
  ["threshold", "foreground share"],
  ["trained_loss", "trained loss"],
]);

const shortKeyLabels: ReadonlyMap<string, string> = new Map([
  ["optimizer", "opt"],
  ["batch_norm", "bn"],
  ["threshold", "fg"],
  ["trained_loss", "loss"],
  ["learning_rate", "lr"],
]);

const valueLabels: ReadonlyMap<string, (value: string) => string> = new Map([
  ["optimizer", optimizerLabel],
  ["batch_norm", (value: string) => (value === "true" ? "batch norm" : "no batch norm")],
  ["threshold", (value: string) => `${foregroundShare(value)} % foreground`],
  ["trained_loss", (value: string) => `trained on ${value}`],
]);

const tickLabels: ReadonlyMap<string, (value: string) => string> = new Map([
  ["optimizer", optimizerLabel],
  ["batch_norm", (value: string) => (value === "true" ? "batch norm" : "no batch norm")],
  ["threshold", (value: string) => `${foregroundShare(value)} %`],
]);

/** Returns a key column in words, for an axis or a table's column: "foreground share". */
export function keyLabel(key: string): string {
  return keyLabels.get(key) ?? key.replaceAll("_", " ");
}

/** Returns a key column in few letters, for a narrow table: "fg". */
export function shortKeyLabel(key: string): string {
  return shortKeyLabels.get(key) ?? keyLabel(key);
}

/** Returns the short labels of keys that differ from the full ones, with these. */
export function abbreviationsOf(
  keys: readonly string[],
): readonly (readonly [short: string, long: string])[] {
  return keys
    .map((key) => [shortKeyLabel(key), keyLabel(key)] as const)
    .filter(([short, long]) => short !== long);
}

/** Returns a value that needs no key beside it: "95 % foreground", "learning rate 0.01". */
export function valueLabel(key: string, value: string): string {
  return valueLabels.get(key)?.(value) ?? `${keyLabel(key)} ${value}`;
}

/** Returns a value for use beside its axis' label: "95 %", "0.01". */
export function tickLabel(key: string, value: string): string {
  return tickLabels.get(key)?.(value) ?? value;
}

/** Returns a value for use below its key in a table: "on", "95 %", "dicefg". */
export function columnLabel(key: string, value: string): string {
  return key === "batch_norm" ? (value === "true" ? "on" : "off") : tickLabel(key, value);
}

/** Returns the values of several keys, the foreground share first: "95 % foreground, Adam, no batch norm". */
export function keysLabel(keys: Keys, names: readonly string[]): string {
  const first = names.filter((name) => name === "threshold");
  const rest = names.filter((name) => name !== "threshold");
  return [...first, ...rest]
    .flatMap((name) => {
      const value = keys.get(name);
      return value === undefined ? [] : [valueLabel(name, value)];
    })
    .join(", ");
}

/** Returns an axis' value as a number to plot: a threshold as its foreground share in percent, any other as it is. */
export function axisNumber(axis: Pick<Axis, "key">, value: string): number {
  return axis.key === "threshold" ? foregroundShare(value) : Number(value);
}

function optimizerLabel(value: string): string {
  return value === "adam" ? "Adam" : value === "sgd" ? "SGD" : value;
}

/** Returns the foreground share of a threshold in percent: images are uniform in [0, 1). */
function foregroundShare(threshold: string): number {
  return Number((100 * (1 - Number(threshold))).toPrecision(4));
}

/** Returns the part of a file's name for some keys, as in a cell's folder: "adam-nobn-t0.05", "learning-rate0.01". */
export function fileNamePart(keys: Keys, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const value = keys.get(name);
      return value === undefined ? [] : [fileNameWord(name, value)];
    })
    .join("-");
}

function fileNameWord(name: string, value: string): string {
  const word = value.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  switch (name) {
    case "optimizer":
    case "trained_loss":
      return word;
    case "batch_norm":
      return value === "true" ? "bn" : "nobn";
    case "threshold":
      return `t${word}`;
    default:
      return `${name.replaceAll("_", "-")}${/^[a-z]/.test(word) ? "-" : ""}${word}`;
  }
}

/** Returns a text with its first letter in upper case. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Returns a mean with its 95 % interval: "+0.0132 [0.0101, 0.0163], 3 runs". */
export function formatEstimate(
  { mean, low, high, runs }: Estimate,
  decimals: number,
  signed = false,
): string {
  const sign = signed && mean > 0 ? "+" : "";
  const interval =
    low === undefined || high === undefined
      ? ""
      : ` [${fixedPoint(low, decimals)}, ${fixedPoint(high, decimals)}]`;
  return `${sign}${fixedPoint(mean, decimals)}${interval}, ${runs} run${runs === 1 ? "" : "s"}`;
}

/** Returns a number with fixed decimals, never "-0.0000". */
export function fixedPoint(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** Returns a number in few digits: 0.00123, 12.3, 1.2e-8, 4.5e+6. */
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
