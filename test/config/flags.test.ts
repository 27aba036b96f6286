import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runCommand } from "../../src/commands/run.js";
import { type Flags, parseRunFlags, parseSetFlags } from "../../src/config/flags.js";
import { gridRuns } from "../../src/config/grid.js";
import { hashConfig } from "../../src/config/hash.js";
import { overrideConfig } from "../../src/config/load.js";
import { type RerunEngine, rerunCommand } from "../../src/config/rerun-command.js";
import { shellLine } from "../../src/shell-line.js";
import type { Run } from "../../src/study/run.js";
import { configOf, validConfigs } from "../helpers/configs.js";

function parsed(words: readonly string[]): Flags {
  const command = runCommand();
  const { operands, unknown } = command.parseOptions([...words]);
  assert.deepEqual([...operands, ...unknown], []);
  return command.opts();
}

function runOf(words: readonly string[]): Run {
  const asked = parseRunFlags(parsed(words));
  assert.ok("run" in asked, JSON.stringify(asked));
  return asked.run;
}

test("Without flags it is the study's standard run", () => {
  const asked = parseRunFlags(parsed([]));
  const config = configOf({ runs: 1 });
  assert.ok("run" in asked);
  assert.deepEqual(asked.run, gridRuns(config)[0]);
  assert.equal(asked.configHash, hashConfig(config));
});

test("The rerun command of a record leads to the same run again, whatever its parameters", () => {
  fc.assert(
    fc.property(validConfigs, fc.nat(), (raw, index) => {
      const runs = gridRuns(configOf(raw));
      const run = runs[index % runs.length] ?? assert.fail();
      const words = rerunCommand(run, { device: "cpu", xla: true }).split(" ");
      assert.deepEqual(words.slice(0, 2), ["segloss", "run"]);
      assert.deepEqual(runOf(words.slice(2)), run);
    }),
    { numRuns: 300 },
  );
});

test("The rerun command leaves out what is the default and contains device, GPU and XLA", () => {
  const [run] = gridRuns(configOf({ batchNorm: true, threshold: 0.05, loss: "dicefg", steps: 3001 }));
  const command =
    "segloss run --optimizer adam --batch-norm --threshold 0.05 --loss dicefg --steps 3001 --run 0";
  const again = (on: RerunEngine) => rerunCommand(run ?? assert.fail(), on);
  assert.equal(again({ device: "cpu", xla: true }), `${command} --device cpu --xla on`);
  assert.equal(again({ device: "gpu", gpu: "3", xla: false }), `${command} --device gpu --gpu 3 --xla off`);
});

test("--columns accepts any name of a parameter and orders columns as the table does", () => {
  assert.deepEqual(runOf(["--columns", "input,learning_rate,batch-size"]).columns, [
    "batchSize",
    "learningRate",
    "input",
  ]);
});

test("All wrong flags of run are reported at once", () => {
  const asked = parseRunFlags(
    parsed([
      "--threshold",
      "1",
      "--loss",
      "dise",
      "--steps",
      "1e3x",
      "--run",
      "-1",
      "--monitor",
      "cce,",
      "--columns",
      "loss,filter",
    ]),
  );
  assert.ok("problems" in asked);
  const told = asked.problems.map(({ place, got, meant }) => `${place} ${got} ${meant ?? ""}`.trim());
  assert.deepEqual(told.sort(), [
    '--columns "filter" filters',
    '--columns "loss"',
    '--loss "dise" dice',
    '--monitor ""',
    "--run -1",
    '--steps "1e3x"',
    "--threshold 1",
  ]);
});

test("--set replaces any key of a config by any of its names, by a value or a list", () => {
  const texts = [
    "learning_rate=0.1,1",
    "batchNorm=true",
    "filters=[8]",
    "monitor=dice",
    "runs = 5",
    "per-layer=true",
  ];
  const set = parseSetFlags(texts);
  assert.ok("overrides" in set);
  assert.deepEqual(
    set.overrides.map(({ key, value }) => [key, value]),
    [
      ["learningRate", [0.1, 1]],
      ["batchNorm", true],
      ["filters", [8]],
      ["monitor", ["dice"]],
      ["runs", 5],
      ["perLayer", true],
    ],
  );
});

test("What --set cannot set is reported with the nearest key, and a wrong value with the flag", () => {
  const set = parseSetFlags(["los=dice", "steps", "=3"]);
  assert.ok("problems" in set);
  assert.deepEqual(
    set.problems.map(({ got, meant }) => [got, meant]),
    [
      ['the key "los"', "loss"],
      ['"steps"', undefined],
      ['"=3"', undefined],
    ],
  );
  const wrong = parseSetFlags(["runs=1,2", "threshold=0.5,x"]);
  assert.ok("overrides" in wrong);
  const checked = overrideConfig({}, wrong.overrides, "c.json");
  assert.ok("problems" in checked);
  assert.deepEqual(checked.problems.map(({ place, got }) => `${place}: ${got}`).sort(), [
    '--set runs: "1,2"',
    '--set threshold: "x"',
  ]);
});

test("Numbers are decimal: no hexadecimal, no blanks, no infinity", () => {
  for (const text of ["0x10", "", " 3", "Infinity", "NaN", "1_000", "1,000", "٣"]) {
    assert.ok("problems" in parseRunFlags({ steps: text }), JSON.stringify(text));
  }
  assert.equal(runOf(["--steps", "1e3"]).cell.steps, 1000);
  assert.equal(runOf(["--learning-rate", ".5"]).cell.learningRate, 0.5);
});

test("A command line quotes words that a shell would split or expand", () => {
  assert.equal(
    shellLine(["segloss", "sweep", "my config.json", "--out", "it's", "a$b", ""]),
    "segloss sweep 'my config.json' --out 'it'\\''s' 'a$b' ''",
  );
});
