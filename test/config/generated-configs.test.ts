import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJsonc } from "../../src/config/json.js";
import { parameterKeys } from "../../src/config/parameters.js";
import { problemsError } from "../../src/config/problems.js";
import { validateConfig } from "../../src/config/validate.js";
import { lossNames } from "../../src/study/losses.js";
import { taskNames } from "../../src/study/tasks/tasks.js";
import { validConfigs } from "../helpers/configs.js";

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
    const rule = Object.hasOwn(parameterRules, key) ? parameterRules[key] : undefined;
    const other = Object.hasOwn(otherRules, key) ? otherRules[key] : undefined;
    return rule === undefined ? (other?.(value) ?? false) : valueOrList(rule)(value);
  });
  const axes = entries.filter(([key]) => Object.hasOwn(parameterRules, key)).map(([, value]) => value);
  const cells = axes.reduce<number>((product, axis) => product * (Array.isArray(axis) ? axis.length : 1), 1);
  const runs = "runs" in config && typeof config.runs === "number" ? config.runs : 3;
  return areAllowed && cells * runs <= 100_000;
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

const oddConfig: fc.Arbitrary<unknown> = fc.oneof(
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
        const { message } = problemsError(result.problems);
        assert.match(message, /c\.json/);
        assert.doesNotMatch(message, /[^\n\P{Cc}]/u);
        assert.ok(
          message.split("\n").every((line) => line.length < 600),
          message,
        );
      }
    }),
    { numRuns },
  );
  assert.ok(counts.allowed > numRuns / 20 && counts.refused > numRuns / 20, JSON.stringify(counts));
});
