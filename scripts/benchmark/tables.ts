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

/** Returns a table of one case: rates and whole processes, each with its spread, and ratios to the first row. */
export function timingTable(
  title: string,
  rows: readonly { readonly name: string; readonly wall: Spread; readonly rate: Spread }[],
): string {
  const [own] = rows;
  const lines = rows.map((row) => {
    const ratio = (own?.rate.median ?? Number.NaN) / row.rate.median;
    const rates = `${rangeOf(row.rate, 0)} run-steps/s`;
    const walls = Number.isNaN(row.wall.median) ? "" : `, whole process ${rangeOf(row.wall, 2)} s`;
    return `  ${row.name.padEnd(16)}${rates}${walls}${row === own ? "" : `; segloss is ${ratio.toFixed(2)} x`}`;
  });
  return [`\n${title}`, ...lines].join("\n");
}

function rangeOf({ median, least, most }: Spread, digits: number): string {
  const [a, b, c] = [median, least, most].map((value) =>
    value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return `${a} (${b} to ${c})`;
}
