import { randomBytes } from "node:crypto";

// CSVs that no segloss wrote. Each is a file's content by a name that says what is wrong with it.

const columns = ["optimizer", "batch_norm", "threshold", "trained_loss", "run"];

/** Changes to a sound CSV of two runs. */
interface CsvForm {
  /** Key columns after the usual five, each with one value per run. */
  readonly keys?: Readonly<Record<string, readonly [string, string]>>;
  /** Values of the usual key columns in the second run. */
  readonly second?: Partial<Record<"optimizer" | "threshold" | "trained_loss" | "run", string>>;
  readonly measured?: readonly string[];
  readonly step?: (row: number) => string;
  readonly value?: (row: number) => string;
  readonly accuracy?: (row: number) => string;
  readonly rows?: number;
}

/** Returns the CSV of two runs, sound but for what `form` changes. */
export function csvOf({
  keys = {},
  second = {},
  measured = ["cce_loss", "cce_grad_norm"],
  step = String,
  value = (row) => String(1 / (row + 1)),
  accuracy = (row) => (row % 2 === 0 ? "0.95" : ""),
  rows = 5,
}: CsvForm = {}): string {
  const base = { optimizer: "adam", batch_norm: "false", threshold: "0.5", trained_loss: "cce", run: "0" };
  const header = [...columns, ...Object.keys(keys), "step", ...measured, "accuracy"];
  const lines = [base, { ...base, trained_loss: "dice", ...second }].flatMap((cell, run) =>
    Array.from({ length: rows }, (_, row) => [
      ...Object.values(cell),
      ...Object.values(keys).map((values) => values[run] ?? ""),
      step(row),
      ...measured.map(() => value(row)),
      accuracy(row),
    ]),
  );
  return [header, ...lines].map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function withKey(name: string, one: string, other: string): string {
  return csvOf({ keys: { [name]: [one, other] } });
}

/** A key column, and a value of another, that hold this text. */
function withText(text: string): string {
  return csvOf({ keys: { [text]: ["1", "2"], note: [text, "other"] } });
}

function manyColumns(count: number, name: (index: number) => string): string {
  const names = Array.from({ length: count }, (_, index) => name(index));
  return `trained_loss,run,step,${names.join(",")}\n${`cce,0,0,${names.map(() => "1").join(",")}\n`.repeat(2).replace("0,0,1", "0,1,1")}`;
}

const markup = `"><img src=x onerror="window.hostile=1"><script>window.hostile=1</script>`;

/** Hostile CSVs by name. */
export const csvCases: Readonly<Record<string, string | Buffer>> = {
  "a column that climbs out of the folder": withKey("x/../../../../../pwned", "1", "2"),
  "a column that is an absolute path": withKey("/tmp/segloss-pwned", "1", "2"),
  "a column that climbs out with backslashes": withKey("..\\..\\pwned", "1", "2"),
  "a column named ..": withKey("..", "1", "2"),
  "a column with a NUL": withKey("a\0b", "1", "2"),
  "a value that climbs out of the folder": csvOf({ second: { optimizer: "../../../pwned" } }),
  "a loss that climbs out of the folder": csvOf({ second: { trained_loss: "../../../pwned" } }),
  "a threshold that climbs out of the folder": csvOf({ second: { threshold: "../../../pwned" } }),
  "a value named ..": csvOf({ second: { optimizer: ".." } }),
  "a measured column that climbs out": csvOf({
    measured: ["../../../pwned_loss", "../../../pwned_grad_norm"],
  }),
  "columns whose file names collide": csvOf({
    keys: { "a b": ["1", "2"], "a-b": ["1", "2"], A_B: ["1", "2"], "a/b": ["1", "2"] },
  }),
  "values whose file names collide": csvOf({ keys: { note: ["a b", "a-b"] } }),
  "a column of 10,000 characters": withKey("x".repeat(10_000), "1", "2"),
  "a value of 10,000 characters": withKey("note", "x".repeat(10_000), "y"),
  "a value of 10,000 wide characters": withKey("note", "\u{1f4a9}".repeat(5_000), "y"),
  "a column without a name": withKey("", "1", "2"),
  "a column twice": csvOf({ measured: ["cce_loss", "cce_loss"] }),
  "a step column twice": csvOf({ measured: ["step", "cce_loss"] }),
  "a key column twice": "trained_loss,trained_loss,run,step,cce_loss\na,b,0,0,1\na,b,0,1,1\n",
  "a column named __proto__": csvOf({ keys: Object.fromEntries([["__proto__", ["1", "2"]]]) }),
  "losses with names of Object.prototype": csvOf({
    measured: ["__proto___loss", "constructor_loss", "toString_grad_norm", "hasOwnProperty_loss"],
  }),
  "values with names of Object.prototype": csvOf({
    second: { trained_loss: "__proto__", optimizer: "constructor" },
  }),
  "markup and a script": withText(markup),
  "markup in losses": csvOf({
    measured: [`${markup}_loss`, `${markup}_grad_norm`],
    second: { trained_loss: markup },
  }),
  "the end of a CDATA section": withText("]]></svg><script>window.hostile=1</script>"),
  "the end of a comment": withText("--><script>window.hostile=1</script><!--"),
  "a javascript: link": withText("javascript:window.hostile=1"),
  entities: withText("&lt;script&gt;window.hostile=1&#60;/script&#62;"),
  "replacement patterns": withText("$&$1$`$'$$"),
  "a template": withText(`$${"{window.hostile=1}{{window.hostile=1}}"}`),
  "terminal escape sequences": withText("\u001b[2J\u001b[31mred\u001b]0;title\u0007"),
  "eight-bit escape sequences": withText("\u009b2J\u0090q\u009c"),
  "text that runs from right to left": withText("\u202egnp.\u2066exe\u2069"),
  "line breaks in quotes": withText("one\ntwo\r\nthree\u2028four"),
  "tabs and backspaces": withText("one\ttwo\b\b\bthree"),
  "lone surrogates": Buffer.from(withText("\ufffd").replaceAll("\ufffd", "\xed\xa0\x80"), "latin1"),
  "a spreadsheet formula": withText(`=HYPERLINK("http://example.invalid","x")`),
  "formulas in every form": csvOf({ keys: { plus: ["+1+1", "-1+1"], at: ["@SUM(1)", "\t=1"] } }),
  "a table of Markdown": withText("a|b](x)![y](z)`c`"),
  "a command of LaTeX": withText("\\input{/etc/passwd}$x^2$%"),
  "an empty file": "",
  "one line break": "\n",
  "a header alone": csvOf({ rows: 0 }),
  "a header without a line break": csvOf({ rows: 0 }).trimEnd(),
  "another program's CSV": "name,age\nada,36\n",
  "random bytes": randomBytes(100_000),
  "a megabyte of NULs": Buffer.alloc(1_000_000),
  "a header and then NULs": Buffer.concat([Buffer.from(csvOf({ rows: 0 })), Buffer.alloc(1_000_000)]),
  "UTF-16": Buffer.from(`\ufeff${csvOf()}`, "utf16le"),
  "a byte order mark alone": "\ufeff",
  "bytes that are not UTF-8": Buffer.from(withText("\xff\xfe\xc0\xaf"), "latin1"),
  "a compressed file": Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(1000)]),
  "an unclosed quote": `trained_loss,run,step,cce_loss\n"cce,0,0,1\n`,
  "a million quotes": `trained_loss,run,step,cce_loss\n${'"'.repeat(1_000_000)}\n`,
  "a million commas": `trained_loss,run,step,cce_loss\n${",".repeat(1_000_000)}\n`,
  "a million empty lines": `trained_loss,run,step,cce_loss\n${"\n".repeat(1_000_000)}`,
  "a row of five megabytes": `trained_loss,run,step,cce_loss\ncce,0,0,${"1".repeat(5_000_000)}\n`,
  "rows of other widths": "trained_loss,run,step,cce_loss\ncce,0,0\ncce,0,1,1,1\n",
  "10,000 key columns": manyColumns(10_000, (index) => `key${index}`),
  "10,000 losses": manyColumns(10_000, (index) => `l${index}_loss`),
  "10,000 layers": manyColumns(10_000, (index) => `cce_grad_norm_layer${index}`),
  "a thousand series": `trained_loss,run,step,cce_loss,accuracy\n${Array.from({ length: 1000 }, (_, index) => `l${index},0,0,1,0.5\nl${index},0,1,1,0.5\n`).join("")}`,
  "10,000 runs": `trained_loss,run,step,cce_loss,accuracy\n${Array.from({ length: 10_000 }, (_, run) => `cce,${run},0,1,0.5\n`).join("")}`,
  "100,000 runs in one file": `trained_loss,run,step,cce_loss,accuracy\n${Array.from({ length: 100_000 }, (_, run) => `cce,${run},0,1,0.5\n`).join("")}`,
  "50 axes": csvOf({
    keys: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`axis${index}`, ["1", "2"] as const])),
  }),
  "NaN everywhere": csvOf({ value: () => "NaN", accuracy: () => "NaN" }),
  "NaN for keys and steps": csvOf({ second: { threshold: "NaN", run: "NaN" }, step: () => "NaN" }),
  "Infinity everywhere": csvOf({ value: () => "Infinity", accuracy: () => "-Infinity" }),
  "numbers that float32 cannot hold": csvOf({ value: (row) => (row % 2 === 0 ? "1e308" : "-1e-308") }),
  "numbers that nothing can hold": csvOf({ value: () => "1e999", accuracy: () => "-1e999" }),
  "accuracies outside 0 to 1": csvOf({ accuracy: (row) => String(17 * (row - 2)) }),
  "negative losses and norms": csvOf({ value: (row) => String(-row) }),
  "zeros everywhere": csvOf({ value: () => "0", accuracy: () => "0" }),
  "hexadecimal, octal and blank numbers": csvOf({
    value: (row) => ["0x10", "0o7", " 1 ", "1_000", "+1"][row] ?? "",
  }),
  "text for numbers": csvOf({ value: () => "many" }),
  "no numbers at all": csvOf({ value: () => "", accuracy: () => "" }),
  "steps of 1e300": csvOf({ step: (row) => `${row + 1}e300` }),
  "steps far apart": csvOf({ step: (row) => String(row * 1e15) }),
  "negative steps": csvOf({ step: (row) => String(row - 3) }),
  "fractional steps": csvOf({ step: (row) => String(row / 3) }),
  "infinite steps": csvOf({ step: (row) => (row === 4 ? "Infinity" : String(row)) }),
  "steps without a number": csvOf({ step: () => "" }),
  "a step twice": csvOf({ step: () => "7" }),
  "steps that descend": csvOf({ step: (row) => String(9 - row) }),
  "runs that are words": csvOf({ second: { run: "many" } }),
  "a negative run": csvOf({ second: { run: "-1" } }),
  "a run of 1e99": csvOf({ second: { run: "1e99" } }),
  "a run of 400 digits": csvOf({ second: { run: "9".repeat(400) } }),
  "a threshold that is a word": csvOf({ second: { threshold: "half" } }),
  "a threshold of 1e308": csvOf({ second: { threshold: "1e308" } }),
};
