import type { IdleShares } from "./idle.js";

// The numbers of a benchmark as text.

/** The median of some measurements, and the smallest and largest of them. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Returns the spread of some measurements; NaN if there are none. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const item = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: item(Math.floor(sorted.length / 2)), least: item(0), most: item(sorted.length - 1) };
}

/** Returns the spreads of some idle shares; undefined where they could not be observed. */
export function idleSpread(shares: readonly (IdleShares | undefined)[]): IdleSpread | undefined {
  const observed = shares.filter((share) => share !== undefined);
  return observed.length === 0
    ? undefined
    : {
        atEnd: spread(observed.map(({ atEnd }) => atEnd)),
        altogether: spread(observed.map(({ altogether }) => altogether)),
      };
}

/** The idle shares of several sweeps. */
export interface IdleSpread {
  readonly atEnd: Spread;
  readonly altogether: Spread;
}

/** One contender's row of a table. */
export interface TimingRow {
  readonly name: string;
  readonly wall: Spread;
  readonly rate: Spread;
  /** Absent where it was not measured. */
  readonly idle?: IdleSpread | undefined;
}

/** Returns a table of one case: rates and whole processes, each with its spread, and ratios to the first row. */
export function timingTable(title: string, rows: readonly TimingRow[]): string {
  const [own] = rows;
  const lines = rows.map((row) => {
    const ratio = (own?.rate.median ?? Number.NaN) / row.rate.median;
    const rates = `${rangeOf(row.rate, 0)} run-steps/s`;
    const walls = Number.isNaN(row.wall.median) ? "" : `, whole process ${rangeOf(row.wall, 2)} s`;
    const idle = row.idle === undefined ? "" : `\n  ${"".padEnd(16)}${idleText(row.idle)}`;
    return `  ${row.name.padEnd(16)}${rates}${walls}${row === own ? "" : `; segloss is ${ratio.toFixed(2)} x`}${idle}`;
  });
  return [`\n${title}`, ...lines].join("\n");
}

function idleText({ atEnd, altogether }: IdleSpread): string {
  return `cores idle: ${percent(atEnd)} at the end, ${percent(altogether)} altogether`;
}

function percent({ median, least, most }: Spread): string {
  return `${rangeOf({ median: 100 * median, least: 100 * least, most: 100 * most }, 1)} %`;
}

/** Returns a spread as text: the median, and the range in parentheses. */
export function rangeOf({ median, least, most }: Spread, digits: number): string {
  const [a, b, c] = [median, least, most].map((value) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return `${a} (${b} to ${c})`;
}
