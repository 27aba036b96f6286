import assert from "node:assert/strict";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { valuesOf } from "../../src/config/config.js";
import type { Override } from "../../src/config/flags.js";
import { loadConfig } from "../../src/config/load.js";
import { type Problem, problemsError } from "../../src/config/problems.js";
import { quotedList } from "../../src/config/value-types.js";
import { lossNames } from "../../src/study/losses.js";
import { fileWith, temporaryFolder } from "../helpers/configs.js";

function problemsOf(file: string, overrides: readonly Override[] = []): readonly Problem[] {
  const loaded = loadConfig(file, overrides);
  assert.ok("problems" in loaded, "the config was accepted");
  return loaded.problems;
}

const override = (key: Override["key"], value: unknown): Override => ({ key, value, flag: `--${key}` });

/** The problems of a text, each as "path: got; allowed; meant". */
function told(text: string): readonly string[] {
  return problemsOf(fileWith(text)).map(({ path, got, allowed, meant }) =>
    [`${path}: ${got}`, allowed, ...(meant === undefined ? [] : [meant])].join("; "),
  );
}

const losses = quotedList(lossNames);

test("An empty config is the study's standard cell", () => {
  const loaded = loadConfig(fileWith("{}"));
  assert.ok("config" in loaded);
  const { optimizer, batchNorm, threshold, loss, runs, steps, seed, monitor, perLayer } = loaded.config;
  assert.deepEqual(
    { optimizer, batchNorm, threshold, loss, runs, steps, seed, monitor, perLayer },
    {
      optimizer: "adam",
      batchNorm: false,
      threshold: 0.5,
      loss: "cce",
      runs: 3,
      steps: 10_001,
      seed: 1,
      monitor: ["cce", "dice", "dice_square", "dicefg", "dicefg_square"],
      perLayer: false,
    },
  );
});

test("Each mistake is reported with its path, the value got, what is allowed and the nearest word", () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"optimizer": "adm"}', 'optimizer: "adm"; "adam", "sgd", or a list of such values; adam'],
    ['{"loss": ["cce", "dise"]}', `loss[1]: "dise"; ${losses}; dice`],
    ['{"loss": "DICE_FG"}', `loss: "DICE_FG"; ${losses}, or a list of such values; dicefg`],
    ['{"threshold": 0}', "threshold: 0; a number above 0 and below 1, or a list of such values"],
    ['{"threshold": 1}', "threshold: 1; a number above 0 and below 1, or a list of such values"],
    [
      '{"threshold": 0.99999999999}',
      "threshold: 0.99999999999; a number above 0 and below 1, or a list of such values",
    ],
    ['{"threshold": [0.5, -0.5]}', "threshold[1]: -0.5; a number above 0 and below 1"],
    ['{"threshold": "0.5"}', 'threshold: "0.5"; a number above 0 and below 1, or a list of such values'],
    ['{"threshold": []}', "threshold: an empty list; a number above 0 and below 1, or a list of such values"],
    ['{"threshold": [0.5, 0.50]}', "threshold[1]: 0.5 a second time; each value once"],
    ['{"threshold": [[0.5]]}', "threshold[0]: a list of 1; a number above 0 and below 1"],
    ['{"batchNorm": "yes"}', 'batchNorm: "yes"; true or false, or a list of such values'],
    ['{"batchNorm": 1}', "batchNorm: 1; true or false, or a list of such values"],
    ['{"steps": 0}', "steps: 0; a whole number from 1 to 1,000,000,000, or a list of such values"],
    ['{"steps": 1e300}', "steps: 1e+300; a whole number from 1 to 1,000,000,000, or a list of such values"],
    ['{"steps": null}', "steps: null; a whole number from 1 to 1,000,000,000, or a list of such values"],
    ['{"runs": -1}', "runs: -1; a whole number from 1 to 10,000"],
    ['{"runs": 2.5}', "runs: 2.5; a whole number from 1 to 10,000"],
    ['{"runs": [1, 2]}', "runs: a list of 2; a whole number from 1 to 10,000"],
    ['{"seed": 9007199254740993}', "seed: 9007199254740992; a whole number from 0 to 4,294,967,295"],
    ['{"monitor": []}', `monitor: an empty list; ${losses}, or a list of such values`],
    ['{"monitor": ["dice", "dice"]}', 'monitor[1]: "dice" a second time; each value once'],
    ['{"perLayer": {}}', "perLayer: an object; true or false"],
    [
      '{"foregroundWeight": "invers"}',
      'foregroundWeight: "invers"; a number above 0 and below 1, or "inverse", or a list of such values; inverse',
    ],
    ['{"momentum": 1}', "momentum: 1; a number from 0 and below 1, or a list of such values"],
    ['{"labelNoise": 0.6}', "labelNoise: 0.6; a number from 0 to 0.5, or a list of such values"],
    ['{"$schema": 3}', "$schema: 3; a text"],
    ['{"grids": 3}', "grids: 3; a list of objects, each with some of the parameters"],
    ['{"grids": []}', "grids: an empty list; a list of objects, each with some of the parameters"],
    ['{"grids": [[]]}', "grids[0]: an empty list; an object with some of the parameters"],
    ['{"grids": [{}, {"loss": ["dise"]}]}', `grids[1].loss[0]: "dise"; ${losses}; dice`],
    ['{"grids": [{"steps": [3, 3]}]}', "grids[0].steps[1]: 3 a second time; each value once"],
    [
      '{"grids": [{"momentum": 1}]}',
      "grids[0].momentum: 1; a number from 0 and below 1, or a list of such values",
    ],
    ["[]", ": an empty list; an object"],
    ["null", ": null; an object"],
    ['{"loss": "cce", "loss": "dice"}', "loss: this key twice; each key once"],
    [
      '{"runs": 10000, "threshold": [0.1, 0.2], "batchNorm": [true, false], "optimizer": ["adam", "sgd"], "loss": ["cce", "dice"]}',
      ": a grid of 160,000 runs; at most 100,000 runs",
    ],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(told(text), [expected]);
  }
});

test("An unknown key is reported with its value, all keys and the nearest key", () => {
  const [problem] = problemsOf(fileWith('{"batch_norm": true}'));
  assert.equal(problem?.path, "batch_norm");
  assert.equal(problem?.got, "an unknown key (value: true)");
  assert.match(
    problem?.allowed ?? "",
    /^optimizer, batchNorm, threshold, .*, perLayer, metrics, grids, description$/,
  );
  assert.equal(problem?.meant, "batchNorm");
});

test("All problems of file and flags are reported at once, each with its place", () => {
  const file = fileWith(
    '{"optimiser": "adam", "loss": ["cce", "x", "cce"], "threshold": [2, 3], "steps": 0, "runs": []}',
  );
  const places = problemsOf(file, [override("steps", "many"), override("seed", -1)]).map(
    ({ place, path }) => `${place === file ? "file" : place} ${path}`,
  );
  const expected = [
    "--seed ",
    "--steps ",
    "file loss[1]",
    "file loss[2]",
    "file optimiser",
    "file runs",
    "file threshold[0]",
    "file threshold[1]",
  ];
  assert.deepEqual([...places].sort(), expected);
});

test("Flags override the file, also where the file is wrong", () => {
  const loaded = loadConfig(fileWith('{"steps": [0], "seed": "x"}'), [
    override("steps", 5),
    override("seed", 7),
  ]);
  assert.ok("config" in loaded);
  assert.deepEqual([loaded.config.steps, loaded.config.seed], [5, 7]);
});

test("The reason why a file cannot be read as a config is named", () => {
  const folder = temporaryFolder();
  const loop = join(folder, "loop");
  symlinkSync(loop, loop);
  const cases: readonly (readonly [string, string])[] = [
    [join(folder, "none.json"), "no such file"],
    [folder, "a folder"],
    [join(fileWith("{}"), "x.json"), "a path through something that is not a folder"],
    [loop, "a link that leads to itself"],
    [join(folder, "n".repeat(300)), "a name that is too long"],
    [fileWith('{\n "a": }'), "no value at line 2, column 7"],
    [fileWith(""), "no value at line 1, column 1"],
    [fileWith(new Uint8Array([0x7b, 0xff, 0xfe])), "bytes that are not UTF-8 text"],
    ["/dev/zero", "a larger file"],
  ];
  for (const [file, got] of cases) {
    assert.deepEqual(
      problemsOf(file).map((problem) => problem.got),
      [got],
      file,
    );
  }
});

test("A file without permission to read is reported", {
  skip: process.getuid?.() === 0 && "root may read everything",
}, () => {
  const file = fileWith("{}");
  chmodSync(file, 0);
  assert.equal(problemsOf(file)[0]?.got, "a file that may not be read");
});

test("A key that grids cannot have is reported with the keys that they can have", () => {
  const [problem] = problemsOf(fileWith('{"grids": [{"runs": 3}]}'));
  assert.equal(problem?.path, "grids[0].runs");
  assert.match(problem?.allowed ?? "", /^optimizer, .*, evaluateWith$/);
});

test("What a flag sets holds in every grid", () => {
  const loaded = loadConfig(fileWith('{"grids": [{"steps": 3, "momentum": [0, 0.9]}, {"steps": 4}]}'), [
    override("steps", 5),
  ]);
  assert.ok("config" in loaded);
  assert.deepEqual(valuesOf(loaded.config, "steps"), [5]);
  assert.deepEqual(valuesOf(loaded.config, "momentum"), [0, 0.9]);
});

test("A byte order mark is accepted", () => {
  assert.ok("config" in loadConfig(fileWith("\ufeff{}")));
});

test("The names of JavaScript's own object properties are unknown keys like others", () => {
  const paths = problemsOf(fileWith('{"__proto__": {"steps": 3}, "constructor": 1, "toString": 2}')).map(
    ({ path }) => path,
  );
  assert.deepEqual(paths, ["__proto__", "constructor", "toString"]);
  assert.equal(({} as { steps?: unknown }).steps, undefined);
});

test("Messages escape control characters and cut long texts", () => {
  const text = JSON.stringify({
    "\u001b[31m\nkey": "\u202e\u0007",
    loss: "x".repeat(1e6),
    input: "\ud83d\ude00\ud800",
  });
  const { message } = problemsError(problemsOf(fileWith(text)));
  assert.equal(message.split("\n").length, 4);
  assert.doesNotMatch(message.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}]/u);
  assert.match(message, /\\u001b\[31m\\u000akey/);
  assert.match(message, /😀\\ud800/);
  assert.ok(message.length < 3000);
});

test("A megabyte of mistakes leads to a message of bounded length", () => {
  const keys = Array.from({ length: 30_000 }, (_, index) => `"key number ${index}": [[[[1]]]]`);
  const { message } = problemsError(problemsOf(fileWith(`{${keys.join(",")}}`)));
  assert.match(message, /^30000 problems:/);
  assert.match(message, /and 29900 more$/);
  assert.ok(message.length < 100_000);
});

test("A list nested as deep as the file is long is refused", () => {
  const depth = 1_000_000;
  assert.deepEqual(told(`{"steps": ${"[".repeat(depth)}${"]".repeat(depth)}}`), [
    ": more than 100 nested lists and objects at line 1, column 110; JSON; comments and trailing commas are fine",
  ]);
});

test("YAML is recognized by its name or its text, and the message names a command that converts it", () => {
  const [named] = problemsOf(fileWith("- 1", "sweep.yml"));
  const [unnamed] = problemsOf(fileWith("# a sweep\nloss: [dice, cce]\n"));
  for (const problem of [named, unnamed]) {
    assert.match(problem?.got ?? "", /^YAML /);
    assert.match(problem?.allowed ?? "", /^JSON; convert it, for example with: yq /);
  }
  assert.equal(problemsOf(fileWith("{\n loss: 1}"))[0]?.got, "an unquoted word at line 2, column 2");
});

test("A config may contain comments and trailing commas", () => {
  const loaded = loadConfig(fileWith('{\n  // how long\n  "steps": 5,\n}'));
  assert.equal("config" in loaded && loaded.config.steps, 5);
});

test("A long list of what is allowed is printed once, not for every mistake", () => {
  const { message } = problemsError(problemsOf(fileWith('{"a": 1, "b": 2, "c": 3}')));
  assert.equal(message.match(/optimizer, batchNorm/g)?.length, 1);
  assert.equal(message.match(/allowed: as above/g)?.length, 2);
});
