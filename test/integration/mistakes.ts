import fc from "fast-check";
import { configKeys, flagOf, parameterKeys, ruleOf } from "../../src/config/parameters.js";
import { escapeControls } from "../../src/config/problems.js";
import { validConfigs, validValues } from "../helpers/configs.js";

/** A command line with at least one mistake, the text of its config file, and what the message must name. */
export interface Mistake {
  readonly words: readonly string[];
  /** Absent for a command that reads no config. */
  readonly config?: string;
  readonly culprit: string;
}

const counts = [
  "steps",
  "batchSize",
  "imageSize",
  "filters",
  "convLayers",
  "evaluateEvery",
  "validationImages",
] as const;
const words = ["optimizer", "loss", "input", "evaluateWith"] as const;
const shares = ["threshold", "lossEpsilon"] as const;

const allWords = configKeys.flatMap((key) => ruleOf(key).words);
const noWord = fc.string({ unit: "binary" }).filter((text) => !allWords.includes(text));
const noCount = fc.oneof(
  fc.integer({ max: 0 }),
  fc.double({ min: 1e10, noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: 1, max: 1000 }).map((count) => count + 0.5),
);
const noShare = fc.oneof(
  fc.double({ max: 0, noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: 1, noNaN: true, noDefaultInfinity: true }),
);
const noValue = fc.oneof(
  fc.constant(null),
  fc.dictionary(fc.string(), fc.jsonValue()),
  fc.constant([]),
  fc.constant([[1]]),
  fc.constant([null]),
);

/** A key with a value that it cannot have. */
const badEntries: fc.Arbitrary<readonly [string, unknown]> = fc.oneof(
  fc.tuple(fc.constantFrom(...words), fc.oneof(noWord, fc.integer(), fc.boolean())),
  fc.tuple(fc.constantFrom(...counts, "runs"), fc.oneof(noCount, fc.boolean(), fc.constant("3"))),
  fc.tuple(fc.constantFrom(...shares), fc.oneof(noShare, fc.constant("0.5"))),
  fc.tuple(
    fc.constantFrom("batchNorm", "perLayer"),
    fc.oneof(fc.integer(), fc.constantFrom("true", "yes", "")),
  ),
  fc.tuple(
    fc.constantFrom("learningRate", "momentum", "labelNoise", "focalGamma", "tverskyAlpha"),
    fc.constantFrom(-1, 1e9, "0.1", true),
  ),
  fc.tuple(
    fc.constant("seed"),
    fc.oneof(fc.integer({ max: -1 }), fc.constantFrom(2 ** 53, 1e300, 0.5, "1", [1])),
  ),
  fc.tuple(fc.constant("monitor"), fc.oneof(noWord, fc.constantFrom([], ["cce", "cce"], ["mse"], 3, null))),
  fc.tuple(fc.constantFrom(...parameterKeys), noValue),
  fc.constantFrom(...parameterKeys).chain((key) =>
    fc.tuple(
      fc.constant(key),
      validValues[key].map((value) => [value, value]),
    ),
  ),
);

const unknownKeys = fc.oneof(
  fc.constantFrom(
    "optimiser",
    "batch_norm",
    "Loss",
    "lr",
    "__proto__",
    "constructor",
    "",
    "losses",
    "threshold ",
    "\u001b[2J",
    "a.b",
    "日本",
  ),
  fc
    .string({ unit: "binary", maxLength: 50 })
    .filter(
      (key) =>
        !parameterKeys.some((known) => known === key) &&
        !["runs", "seed", "monitor", "perLayer", "metrics", "$schema"].includes(key),
    ),
);

/** JSON with an own key of any name, __proto__ too. */
function withKey(config: object, key: string, value: unknown): string {
  const inner = JSON.stringify(config).slice(1, -1);
  return `{${inner}${inner === "" ? "" : ","}${JSON.stringify(key)}:${JSON.stringify(value)}}`;
}

const badFiles: fc.Arbitrary<Mistake> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(validConfigs, badEntries).map(([config, [key, value]]) => ({
      words: ["sweep", "bad.json"],
      config: JSON.stringify({ ...config, [key]: value }),
      culprit: `bad.json: ${key}`,
    })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(validConfigs, unknownKeys, fc.jsonValue()).map(([config, key, value]) => ({
      words: ["sweep", "bad.json"],
      config: withKey(config, key, value),
      culprit: escapeControls([...key.slice(0, 200)].slice(0, 60).join("")),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.array(fc.jsonValue()), fc.constantFrom(null, true, 3, "text")).map((value) => ({
      words: ["sweep", "bad.json"],
      config: JSON.stringify(value),
      culprit: "bad.json: got",
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(validConfigs, fc.oneof(badEntries, fc.tuple(fc.constantFrom("runs", "grids", "los"), fc.nat())))
      .filter(([, [key]]) => !["runs", "seed", "monitor", "perLayer"].includes(key) || key === "runs")
      .map(([config, [key, value]]) => ({
        words: ["sweep", "bad.json"],
        config: JSON.stringify({ ...config, grids: [{}, { [key]: value }] }),
        culprit: `bad.json: grids[1].${key}`,
      })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(validConfigs, fc.nat()).map(([config, cut]) => {
      const text = JSON.stringify(config);
      return {
        words: ["sweep", "bad.json"],
        config: text.slice(0, cut % text.length),
        culprit: "line 1, column ",
      };
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("none.json", ".", "bad.json/x")
      .map((file) => ({ words: ["sweep", file], config: "{}", culprit: `${file}: got` })),
  },
);

const noNumber = fc.oneof(
  fc.constantFrom("", " ", "0x1", "1,5", "ten", "NaN", "Infinity", "1e999", "--", "−1", "1 2", "\u001b[0m"),
  fc.string({ unit: "binary" }).filter((text) => /[^\d.e+-]/i.test(text) && !text.includes("\0")),
);

const badSweepFlags: fc.Arbitrary<Mistake> = fc
  .oneof(
    fc.tuple(fc.constantFrom("--steps", "--jobs", "--lanes"), fc.oneof(noNumber, noCount.map(String))),
    fc.tuple(fc.constantFrom("--seed", "--gpu"), fc.oneof(noNumber, fc.constantFrom("-1", "0.5", "1e99"))),
    fc.tuple(fc.constant("--device"), fc.constantFrom("GPU", "cuda", "", "cpu ", "tpu")),
    fc.tuple(
      fc.constant("--only"),
      fc.constantFrom(
        "",
        "loss",
        "loss=",
        "=dice",
        "los=dice",
        "loss=dise",
        "run=99999",
        "loss=cce,",
        "__proto__=x",
        "threshold=2",
        "threshold<low",
        "loss!=dise",
        "steps>10001",
      ),
    ),
    fc.tuple(
      fc.constant("--set"),
      fc.constantFrom(
        "",
        "steps",
        "=3",
        "los=dice",
        "__proto__=1",
        "steps=0",
        "threshold=0.5,2",
        "loss=cce,dise",
        "loss=cce,cce",
        "runs=1,2",
        "monitor=",
        "momentum=[]",
        "grids=1",
      ),
    ),
    fc.tuple(fc.constant("--out"), fc.constant("")),
  )
  .map(([flag, value]) => ({
    words: ["sweep", "bad.json", `${flag}=${value}`],
    config: "{}",
    culprit: flag,
  }));

const badRunFlags: fc.Arbitrary<Mistake> = fc
  .oneof(
    fc.tuple(fc.constantFrom(...counts), fc.oneof(noNumber, noCount.map(String))),
    fc.tuple(fc.constantFrom(...shares), fc.oneof(noNumber, noShare.map(String))),
    fc.tuple(
      fc.constantFrom(...words, "monitor"),
      noWord.filter((text) => !text.includes("\0")),
    ),
    fc.tuple(fc.constant("run"), fc.oneof(noNumber, fc.constantFrom("-1", "10000", "0.5"))),
    fc.tuple(
      fc.constant("columns"),
      fc.constantFrom("", "loss", "learningrate", "steps,", "monitor", "__proto__"),
    ),
    fc.tuple(fc.constant("output"), fc.constantFrom("", ".", "none/x.csv", "bad.json/x.csv")),
  )
  .map(([key, value]) => ({ words: ["run", `${flagOf(key)}=${value}`], culprit: flagOf(key) }));

/** Command lines with mistakes of every kind. */
export const mistakes: fc.Arbitrary<Mistake> = fc.oneof(
  { weight: 3, arbitrary: badFiles },
  { weight: 1, arbitrary: badSweepFlags },
  { weight: 1, arbitrary: badRunFlags },
);
