import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Flags, parseRunFlags, parseSetFlags } from "../../src/config/flags.js";
import { parseJsonc } from "../../src/config/json.js";
import { overrideConfig } from "../../src/config/load.js";
import { parameterKeys } from "../../src/config/parameters.js";
import { problemsError } from "../../src/config/problems.js";
import { validateConfig } from "../../src/config/validate.js";
import { lossNames } from "../../src/study/losses.js";
import { taskNames } from "../../src/study/tasks/tasks.js";
import { validConfigs, validValues } from "../helpers/configs.js";

// What a config may hold, described once more and independently of the schema: a slip in either shows as a difference.

type Rule = (value: unknown) => boolean;

const oneOf =
  (...words: readonly string[]): Rule =>
  (value) =>
    words.some((word) => word === value);
const whole =
  (least: number, most: number): Rule =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
/** A number for which the condition holds as it is written and as a float32. */
const real =
  (isWithin: (value: number) => boolean, asFloat32 = isWithin): Rule =>
  (value) =>
    typeof value === "number" && isWithin(value) && asFloat32(Math.fround(value));
const isShare: Rule = real((x) => x > 0 && x < 1);
const isFactor: Rule = real(
  (x) => x >= 0 && x <= 100,
  () => true,
);
const isLoss = oneOf(...lossNames);
const isMeasure = oneOf("dice", "iou", "precision", "recall");
const isFlag: Rule = (value) => value === true || value === false;

const parameterRules: Readonly<Record<string, Rule>> = {
  optimizer: oneOf("adam", "sgd"),
  batchNorm: isFlag,
  threshold: isShare,
  loss: isLoss,
  steps: whole(1, 1e9),
  batchSize: whole(1, 4096),
  imageSize: whole(1, 4096),
  filters: whole(1, 1024),
  convLayers: whole(1, 32),
  learningRate: real(
    (x) => x > 0 && x <= 1e6,
    (x) => x > 0,
  ),
  momentum: real((x) => x >= 0 && x < 1),
  input: oneOf("raw", "inverted", "centred"),
  inputShift: real(
    (x) => x >= -100 && x <= 100,
    () => true,
  ),
  biasInit: (value) => value === "threshold" || parameterRules.inputShift?.(value) === true,
  frozenLayer: whole(0, 33),
  labelNoise: real(
    (x) => x >= 0 && x <= 0.5,
    () => true,
  ),
  task: oneOf(...taskNames),
  radius: whole(1, 5),
  lossEpsilon: real((x) => x > 0 && x < 0.5),
  foregroundWeight: (value) => value === "inverse" || isShare(value),
  focalGamma: isFactor,
  tverskyAlpha: isFactor,
  tverskyBeta: isFactor,
  evaluateEvery: whole(1, 1e9),
  validationImages: whole(1, 100_000),
  evaluateWith: oneOf("moving", "batch"),
};

const otherRules: Readonly<Record<string, Rule>> = {
  runs: whole(1, 10_000),
  seed: whole(0, 2 ** 32 - 1),
  perLayer: isFlag,
  monitor: valueOrList(isLoss),
  metrics: (value) => (Array.isArray(value) && value.length === 0) || valueOrList(isMeasure)(value),
  description: (value) => typeof value === "string",
  $schema: (value) => typeof value === "string",
};

function valueOrList(rule: Rule): Rule {
  return (value) =>
    Array.isArray(value)
      ? value.length > 0 && value.every(rule) && new Set(value).size === value.length
      : rule(value);
}

function isAllowed(config: unknown): boolean {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    return false;
  }
  const entries = Object.entries(config);
  const areAllowed = entries.every(([key, value]) => {
    if (key === "grids") {
      return Array.isArray(value) && value.length > 0 && value.every(isGrid);
    }
    const other = Object.hasOwn(otherRules, key) ? otherRules[key] : undefined;
    return isParameterValue(key, value) || (other?.(value) ?? false);
  });
  const grids: readonly object[] = "grids" in config && areAllowed ? (config.grids as object[]) : [{}];
  const cells = grids.reduce((total, grid) => total + cellsOf({ ...config, ...grid }), 0);
  const runs = "runs" in config && typeof config.runs === "number" ? config.runs : 3;
  return areAllowed && cells * runs <= 100_000;
}

function isParameterValue(key: string, value: unknown): boolean {
  const rule = Object.hasOwn(parameterRules, key) ? parameterRules[key] : undefined;
  return rule !== undefined && valueOrList(rule)(value);
}

function isGrid(grid: unknown): boolean {
  const isObject = typeof grid === "object" && grid !== null && !Array.isArray(grid);
  return isObject && Object.entries(grid).every(([key, value]) => isParameterValue(key, value));
}

function cellsOf(config: object): number {
  return Object.entries(config)
    .filter(([key]) => Object.hasOwn(parameterRules, key))
    .reduce<number>((product, [, axis]) => product * (Array.isArray(axis) ? axis.length : 1), 1);
}

const keys = [
  ...Object.keys(parameterRules),
  "runs",
  "seed",
  "monitor",
  "perLayer",
  "metrics",
  "description",
  "$schema",
];
const unknownKeys = [
  "Loss",
  "learning_rate",
  "__proto__",
  "constructor",
  "toString",
  "",
  "\u001b[2J",
  "a".repeat(500),
];
const edges = [
  0,
  1,
  -1,
  0.5,
  1.5,
  100,
  101,
  1e6,
  1e9,
  1e9 + 1,
  4096,
  4097,
  1e-46,
  1 - 1e-9,
  0.5 - 1e-9,
  2 ** 32,
  1e300,
];

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...edges,
    true,
    false,
    null,
    "",
    "adam",
    "dice",
    "inverse",
    "raw",
    "threshold",
    "1",
    "NaN",
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.array(fc.constantFrom<unknown>(...edges, "cce", "dice", "adam", true, null, [], {}), { maxLength: 4 }),
  fc.constantFrom<unknown>(
    {},
    { a: 1 },
    [[1]],
    [{}],
    Array.from({ length: 500 }, (_, index) => index + 1),
  ),
);

const oddChange = fc.tuple(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: fc.constantFrom(...unknownKeys) },
  ),
  oddValue,
);

const oddGrids: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(
      fc
        .tuple(fc.constantFrom(...parameterKeys), fc.array(oddChange, { maxLength: 1 }))
        .chain(([key, changes]) =>
          validValues[key].map((value) => Object.fromEntries([[key, value], ...changes])),
        ),
      { maxLength: 3 },
    ),
  },
  { weight: 1, arbitrary: fc.array(oddValue, { maxLength: 2 }) },
  { weight: 1, arbitrary: oddValue },
);

const oddConfig: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(validConfigs, oddGrids).map(([config, grids]) => ({ ...config, grids })),
  },
  {
    weight: 30,
    arbitrary: fc
      .tuple(validConfigs, fc.array(oddChange, { maxLength: 3 }))
      .map(([config, changes]) => Object.fromEntries([...Object.entries(config), ...changes])),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
);

/** More than a test needs: SEGLOSS_GENERATED_CONFIGS=10000 */
const numRuns = Number(process.env.SEGLOSS_GENERATED_CONFIGS ?? 1000);

test("The description has every parameter", () => {
  assert.deepEqual(Object.keys(parameterRules), parameterKeys);
});

test("Generated configs are accepted exactly if the description allows them, and problems are lines of plain text", () => {
  const counts = { allowed: 0, refused: 0 };
  fc.assert(
    fc.property(oddConfig, (config) => {
      const parsed = parseJsonc(JSON.stringify(config));
      assert.ok("value" in parsed);
      const expected = isAllowed(parsed.value) && parsed.repeated.length === 0;
      const result = validateConfig(parsed.value, { file: "c.json", flags: new Map() });
      assert.equal("config" in result, expected, JSON.stringify(config).slice(0, 500));
      counts[expected ? "allowed" : "refused"]++;
      if ("problems" in result) {
        const error = problemsError(result.problems);
        assert.match(error.message, /c\.json/);
        checkMessage(error);
      }
    }),
    { numRuns },
  );
  assert.ok(counts.allowed > numRuns / 20 && counts.refused > numRuns / 20, JSON.stringify(counts));
});

// The texts of flags, described by what they mean and not by how they are parsed.

/** The value that a text stands for if its rule is met by numbers: those that JSON could hold. */
function meantBy(text: string, rule: Rule): unknown {
  const isNumeric = rule(1) || rule(0.25);
  const isNumber = /^[\d.eE+-]*\d[\d.eE+-]*$/.test(text) && !Number.isNaN(Number(text));
  if (rule === isFlag) {
    return text === "true" ? true : text === "false" ? false : text;
  }
  return isNumeric && isNumber ? Number(text) : text;
}

const oddText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...edges).map(String) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...["adam", "dice", "cce", "inverse", "raw", "batch", "discs", "true", "false", "Adam", "dice "],
      ...[
        "",
        "-0",
        "+1",
        "1.",
        ".5",
        "1e3",
        "1e-3",
        "0x10",
        "1_000",
        "١",
        "NaN",
        "Infinity",
        "1e999",
        "--",
        "=",
        "\u001b[2J",
      ],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 80 }) },
);

/** Checks what all messages have in common. */
function checkMessage({ message }: Error): void {
  assert.doesNotMatch(message, /[^\n\P{Cc}]/u);
  assert.ok(
    message.split("\n").every((line) => line.length < 600),
    message,
  );
}

/** The flags of `segloss run` that take a text, with what each allows. */
const flagRules: Readonly<Record<string, (text: string) => boolean>> = {
  ...Object.fromEntries(
    Object.entries(parameterRules)
      .filter(([, rule]) => rule !== isFlag)
      .map(([key, rule]) => [key, (text: string) => rule(meantBy(text, rule))]),
  ),
  seed: (text) => whole(0, 2 ** 32 - 1)(meantBy(text, whole(0, 1))),
  run: (text) => whole(0, 9_999)(meantBy(text, whole(0, 1))),
  monitor: (text) => valueOrList(isLoss)(text.split(",")),
};

test("Generated flags of run are accepted exactly if the description allows them", () => {
  const counts = { allowed: 0, refused: 0 };
  const flag = fc
    .constantFrom(...Object.keys(flagRules))
    .chain((key) => fc.tuple(fc.constant(key), fc.oneof(oddText, validText(key))));
  fc.assert(
    fc.property(fc.array(flag, { maxLength: 4 }), fc.boolean(), (texts, batchNorm) => {
      const flags: Flags = { ...Object.fromEntries(texts), batchNorm };
      const expected = Object.entries(flags).every(([key, text]) => flagRules[key]?.(String(text)) ?? true);
      const result = parseRunFlags(flags);
      assert.equal("run" in result, expected, JSON.stringify(flags));
      counts[expected ? "allowed" : "refused"]++;
      if ("problems" in result) {
        checkMessage(problemsError(result.problems));
      }
    }),
    { numRuns },
  );
  assert.ok(counts.allowed > numRuns / 20 && counts.refused > numRuns / 20, JSON.stringify(counts));
});

/** Texts that a flag mostly allows. */
function validText(key: string): fc.Arbitrary<string> {
  const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = validValues;
  return (values[key] ?? fc.nat({ max: 9_999 })).map(String);
}

test("Generated texts of --set are accepted exactly if the description allows them", () => {
  const rules: Readonly<Record<string, Rule>> = { ...parameterRules, ...otherRules, monitor: isLoss };
  const settable = [...parameterKeys, "runs", "seed", "perLayer", "monitor"];
  const isListable = (key: string) => Object.hasOwn(parameterRules, key) || key === "monitor";
  const items = (key: string) =>
    fc.array(
      fc.oneof(oddText, validText(key)).filter((text) => !/[,[\]]/.test(text) && text === text.trim()),
      { minLength: 1, maxLength: 3 },
    );
  const setting = fc
    .constantFrom(...settable)
    .chain((key) => fc.tuple(fc.constant(key), items(key), fc.boolean()));
  const counts = { allowed: 0, refused: 0 };
  fc.assert(
    fc.property(setting, ([key, texts, hasBrackets]) => {
      const text = hasBrackets ? `[${texts.join(",")}]` : texts.join(",");
      const rule = rules[key] ?? assert.fail();
      const values = texts.map((item) => meantBy(item, rule));
      const isList = hasBrackets || texts.length > 1;
      const expected = isList ? isListable(key) && valueOrList(rule)(values) : rule(values[0]);
      const set = parseSetFlags([`${key}=${text}`]);
      assert.ok("overrides" in set);
      const result = overrideConfig({}, set.overrides, "c.json");
      assert.equal("config" in result, expected, `${key}=${text}`);
      counts[expected ? "allowed" : "refused"]++;
      if ("problems" in result) {
        checkMessage(problemsError(result.problems));
      }
    }),
    { numRuns },
  );
  assert.ok(counts.allowed > numRuns / 20 && counts.refused > numRuns / 20, JSON.stringify(counts));
});
