import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import fc from "fast-check";
import type { Config } from "../../src/config/config.js";
import { parameterKeys, type parameters } from "../../src/config/parameters.js";
import { validateConfig } from "../../src/config/validate.js";
import { lossNames } from "../../src/study/losses.js";
import { measureNames } from "../../src/study/measures.js";
import { taskNames } from "../../src/study/tasks/tasks.js";

/** Returns an empty folder that is removed after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "segloss-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Returns the effective config of valid values. */
export function configOf(raw: object): Config {
  const checked = validateConfig(raw, { flags: new Map() });
  assert.ok("config" in checked, JSON.stringify(checked));
  return checked.config;
}

/** Writes a file with this text into a folder of its own and returns its path. */
export function fileWith(text: string | Uint8Array, name = "config.json"): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

const double = (bounds: { min: number; max: number }) =>
  fc.double({ ...bounds, noNaN: true, minExcluded: true, maxExcluded: true }).map((value) => value + 0);

/** Valid values of every parameter, from the whole range that is allowed. */
export const validValues: Readonly<Record<keyof typeof parameters, fc.Arbitrary<unknown>>> = {
  optimizer: fc.constantFrom("adam", "sgd"),
  batchNorm: fc.boolean(),
  threshold: double({ min: 1e-30, max: 0.999 }),
  loss: fc.constantFrom(...lossNames),
  steps: fc.integer({ min: 1, max: 1e9 }),
  batchSize: fc.integer({ min: 1, max: 4096 }),
  imageSize: fc.integer({ min: 1, max: 4096 }),
  filters: fc.integer({ min: 1, max: 1024 }),
  convLayers: fc.integer({ min: 1, max: 32 }),
  learningRate: double({ min: 1e-30, max: 1e6 }),
  momentum: double({ min: 0, max: 0.99 }),
  input: fc.constantFrom("raw", "inverted", "centred"),
  inputShift: double({ min: -100, max: 100 }),
  biasInit: fc.oneof(fc.constant("threshold"), double({ min: -100, max: 100 })),
  frozenLayer: fc.integer({ min: 0, max: 33 }),
  labelNoise: double({ min: 0, max: 0.5 }),
  task: fc.constantFrom(...taskNames),
  radius: fc.integer({ min: 1, max: 5 }),
  lossEpsilon: double({ min: 1e-30, max: 0.49 }),
  foregroundWeight: fc.oneof(fc.constant("inverse"), double({ min: 1e-6, max: 0.99 })),
  focalGamma: double({ min: 0, max: 100 }),
  tverskyAlpha: double({ min: 0, max: 100 }),
  tverskyBeta: double({ min: 0, max: 100 }),
  evaluateEvery: fc.integer({ min: 1, max: 1e9 }),
  validationImages: fc.integer({ min: 1, max: 100_000 }),
  evaluateWith: fc.constantFrom("moving", "batch"),
};

/** Valid configs of at most some hundred runs: some keys absent, some with a value, some with a list. */
export const validConfigs: fc.Arbitrary<Record<string, unknown>> = fc
  .record(
    {
      ...Object.fromEntries(
        parameterKeys.map((key) => [
          key,
          fc.oneof(
            { weight: 6, arbitrary: validValues[key] },
            { weight: 1, arbitrary: fc.uniqueArray(validValues[key], { minLength: 1, maxLength: 2 }) },
          ),
        ]),
      ),
      runs: fc.integer({ min: 1, max: 3 }),
      seed: fc.integer({ min: 0, max: 4_294_967_295 }),
      monitor: fc.uniqueArray(fc.constantFrom(...lossNames), { minLength: 1 }),
      perLayer: fc.boolean(),
      metrics: fc.subarray([...measureNames]),
    },
    { requiredKeys: [] },
  )
  .filter((config) => Object.values(config).filter(Array.isArray).length <= 6);
