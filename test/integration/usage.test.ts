import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { openCommandDriver } from "../helpers/command-driver.js";
import { temporaryFolder } from "../helpers/configs.js";
import { type ProgramResult, segloss, segloss$ } from "../helpers/program.js";

const driver = openCommandDriver();
after(driver.close);

/** Runs a command that trains nothing, in a process that is there already. */
async function quickly(words: readonly string[], folder: string): Promise<ProgramResult> {
  const [{ code, out, err } = assert.fail()] = await driver.run([words], folder);
  return { code, out, err };
}

/** Ends with exit 2 and this message, with no stack, and leaves the folder as it was. */
async function refused(
  words: readonly string[],
  message: RegExp,
  files: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
  }
  const ended = await quickly(words, folder);
  assert.equal(ended.code, 2, ended.err);
  assert.equal(ended.out, "");
  assert.match(ended.err, message);
  assert.match(ended.err, /^segloss: /);
  assert.doesNotMatch(ended.err, /^ {4}at |node:internal|\.js:\d+/m);
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort());
  return ended;
}

test("The help of every command describes every flag and has examples", async () => {
  const folder = temporaryFolder();
  const { code, out, err } = await quickly(["--help"], folder);
  assert.deepEqual([code, err], [0, ""]);
  const commands = [...out.matchAll(/^ {2}(\w+) \[?options/gm)].map(([, name]) => name ?? "");
  assert.ok(commands.includes("sweep") && commands.includes("run"), out);
  for (const command of commands) {
    const help = await quickly([command, "--help"], folder);
    assert.equal(help.code, 0);
    assert.match(help.out, new RegExp(`^Usage: segloss ${command} `));
    if (!["doctor", "setup"].includes(command)) {
      assert.match(help.out, /\nExamples:\n/);
    }
    for (const [, flag, text] of help.out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)(.*)$/gm)) {
      assert.match(text ?? "", / {2,}\S|>$/, `${command} ${flag} has no help`);
    }
  }
});

test("Every parameter of a config is a flag of run, with its default", async () => {
  const { out } = await quickly(["run", "--help"], temporaryFolder());
  const text = out.replace(/\s+/g, " ");
  for (const flag of [
    "--optimizer <adam|sgd>",
    "--batch-norm",
    "--threshold <X>",
    "--learning-rate <X>",
    "--per-layer",
    "--validation-images <N>",
  ]) {
    assert.ok(text.includes(flag), flag);
  }
  assert.match(text, /--learning-rate <X> learning rate of the optimizer \(default: 0\.001\)/);
});

test("The version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(await quickly(["--version"], temporaryFolder()), {
    code: 0,
    out: `${version}\n`,
    err: "",
  });
});

test("Without a command the help is shown, on stderr, as a mistake", async () => {
  const { code, out, err } = await quickly([], temporaryFolder());
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /^Usage: segloss/);
});

test("Unknown commands and flags are reported with the nearest known one", async () => {
  await refused(["sweeep"], /unknown command 'sweeep'\n\(Did you mean sweep\?\)/);
  await refused(
    ["run", "--optimiser", "adam"],
    /unknown option '--optimiser'\n\(Did you mean --optimizer\?\)/,
  );
  await refused(["sweep"], /missing required argument 'config'/);
  await refused(["run", "--steps"], /option '--steps <N>' argument missing/);
  await refused(["run", "extra\u001b[31m"], /too many arguments|unknown command/);
  const { err } = await refused(["run", "--\u001b[31m"], /unknown option/);
  assert.ok(!err.includes("\u001b"));
});

test("All mistakes of a config are reported at once, each with file, path, value, what is allowed and the nearest word", async () => {
  const config = '{"optimiser": "adam", "threshold": [0.5, 1.5], "loss": ["dise"], "steps": 0, "runs": 1.5}';
  const { err } = await refused(
    ["sweep", "bad.json", "--device", "tpu", "--jobs", "none"],
    /^segloss: 7 problems:\n/,
    { "bad.json": config },
  );
  assert.match(err, /\n {2}bad\.json: threshold\[1\]: got 1\.5; allowed: a number above 0 and below 1\n/);
  assert.match(err, /\n {2}bad\.json: loss\[0\]: got "dise"; allowed: "cce", .*; did you mean "dice"\?\n/);
  assert.match(
    err,
    /\n {2}bad\.json: optimiser: got an unknown key \(value: "adam"\); allowed: optimizer, .*; did you mean "optimizer"\?\n/,
  );
  assert.match(err, /\n {2}--device: got "tpu"; allowed: "auto", "cpu", "gpu"/);
  assert.match(err, /\n {2}--jobs: got "none"; allowed: a whole number from 1 to 1,024, or "auto"/);
});

test("Files that are not configs are refused, each with its reason", async () => {
  await refused(
    ["sweep", "none.json"],
    /^segloss: none\.json: got no such file; allowed: a JSON file, or a shipped config: asymmetry, .*, sgd\b.*\n$/,
  );
  await refused(["sweep", "."], /\.: got a folder/);
  await refused(
    ["sweep", "a b.json"],
    /a b\.json: got an unquoted word at line 2, column 3; allowed: JSON; /,
    { "a b.json": "{\n  steps: 3\n}" },
  );
});

test("All mistakes of the flags of run are reported at once, the output file included", async () => {
  const words = [
    "run",
    "--loss",
    "dise",
    "--threshold",
    "2",
    "--steps",
    "-3",
    "-o",
    "none/x.csv",
    "--gpu",
    "x",
  ];
  const { err } = await refused(words, /^segloss: 5 problems:\n/);
  assert.match(err, /--loss: got "dise"; allowed: .*; did you mean "dice"\?/);
  assert.match(err, /--steps: got -3; allowed: a whole number from 1 to 1,000,000,000\n/);
  assert.match(err, /--output: got a file in a folder that does not exist/);
});

test("An output folder that is a file, or holds other files, is refused before anything is trained", async () => {
  const files = { "c.json": '{"steps": 3}', file: "" };
  await refused(
    ["sweep", "c.json", "--out", "file"],
    /^segloss: file: it or part of its path is not a folder\n$/,
    files,
  );
  await refused(["sweep", "c.json", "--out", "file/below"], /not a folder/, files);
  await refused(
    ["sweep", "c.json", "--out", "."],
    /^segloss: \.: contains c\.json, which does not belong to this sweep, and no intact sweep\.json; choose another --output\n$/,
    files,
  );
});

test("A dry run lists every run on stdout, counts on stderr, and writes nothing", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "c.json"), '{"loss": ["cce", "dice"], "runs": 2}');
  const { code, out, err } = await quickly(["sweep", "c.json", "--dry-run"], folder);
  assert.equal(code, 0);
  assert.equal(
    out,
    ["cce/run-0", "cce/run-1", "dice/run-0", "dice/run-1"]
      .map((name) => `to do  adam-nobn-t0.5-${name}\n`)
      .join(""),
  );
  assert.equal(err, "2 cells, 4 runs: 0 done, 4 to do in runs/c\n");
  assert.deepEqual(readdirSync(folder), ["c.json"]);
  const some = await quickly(
    ["sweep", "c.json", "--dry-run", "--quiet", "--only", "loss=dice", "--only", "run=1"],
    folder,
  );
  assert.deepEqual(some, { code: 0, out: "to do  adam-nobn-t0.5-dice/run-1\n", err: "" });
});

test("--gpu on a machine without a usable GPU does not train on the CPU", {
  skip: existsSync("/proc/driver/nvidia") && "there is a GPU",
}, async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "c.json"), '{"steps": 3, "runs": 1}');
  const swept = await segloss(["sweep", "c.json", "--gpu", "0"], folder);
  assert.equal(swept.code, 3, swept.err);
  assert.ok(!existsSync(join(folder, "runs/c/adam-nobn-t0.5-cce")), swept.err);
  const single = await segloss(["run", "--steps", "3", "--gpu", "0"], folder);
  assert.deepEqual([single.code, single.out], [3, ""]);
});

test("Help, mistakes and dry runs load no TensorFlow", async () => {
  const folder = temporaryFolder();
  const spy = `process.on("exit", () => {
    const loaded = Object.keys(require("node:module")._cache).filter((file) => file.includes("@tensorflow"));
    require("node:fs").writeSync(2, "modules of TensorFlow: " + loaded.length);
  });`;
  writeFileSync(join(folder, "spy.cjs"), spy);
  writeFileSync(join(folder, "c.json"), "{}");
  for (const words of ["--help", "run --help", "run --loss x", "sweep none.json", "sweep c.json --dry-run"]) {
    const { err } = await segloss$(`NODE_OPTIONS="--require ./spy.cjs" $segloss ${words}`, folder);
    assert.match(err, /modules of TensorFlow: 0$/, words);
  }
});

test("A reader of stdout that stops early is not an error", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "c.json"), '{"runs": 10000}');
  const ended = await segloss$("$segloss sweep c.json --dry-run --quiet | head -1", folder);
  assert.deepEqual(ended, { code: 0, out: "to do  adam-nobn-t0.5-cce/run-0\n", err: "" });
});

test("A slow reader of stdout receives everything", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "c.json"), '{"runs": 10000}');
  const { out } = await segloss$("$segloss sweep c.json --dry-run --quiet | (sleep 0.3; wc -l)", folder);
  assert.equal(out.trim(), "10000");
});

test("Closed stdout and stderr are not errors, a full disk under stdout is", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "c.json"), "{}");
  assert.equal((await segloss$("$segloss sweep c.json --dry-run >&- 2>&-", folder)).code, 0);
  assert.equal((await segloss$("$segloss sweep none.json 2>&-", folder)).code, 2);
  if (process.platform !== "linux") {
    return;
  }
  const full = await segloss$("$segloss sweep c.json --dry-run --quiet > /dev/full", folder);
  assert.equal(full.code, 1);
  assert.match(full.err, /^segloss: standard output: .*ENOSPC.*\n$/);
});

test("--debug shows where an error comes from", async () => {
  const { code, err } = await segloss(["sweep", "none.json", "--debug"], temporaryFolder());
  assert.equal(code, 2);
  assert.match(err, /no such file.*\n[\s\S]*\n {4}at /);
});
