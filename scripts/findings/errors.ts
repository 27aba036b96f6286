import { readFileSync } from "node:fs";
import { unzipSync } from "fflate";
import { parse } from "npyjs";
import { findRuns } from "../../src/analysis/input/find-runs.js";
import { estimateMean, mean } from "../../src/analysis/stats/estimates.js";
import { conv1Errors, conv1GradientNorm, type TrainedNetwork } from "./backpropagation.js";
import { formatLogRatio, settingText } from "./settings.js";

const imageSize = 32;
const batchSize = 2;
/** Mini-batches over which norms are averaged. */
const batches = 12;

/** What a network's gradient in conv1 is made of: means over mini-batches. */
interface GradientParts {
  readonly norm: number;
  /** The norm if the same errors met the negative image, 1 - x. */
  readonly normOfNegative: number;
  /** sqrt of the sum of squared errors: the norm's scale if errors did not add up. */
  readonly errorSize: number;
  readonly active: number;
}

/** Prints what the ratio of conv1's norms after training on cce is made of: the input, single errors, how they add up. */
export function printErrors(folder: string): void {
  console.log(decompositions(folder).join("\n"));
}

/** Returns a line per setting and part of the ratio, runs paired by number. */
function decompositions(folder: string): readonly string[] {
  const settings = new Map<string, Map<number, Map<number, GradientParts>>>();
  for (const { path, record } of findRuns([folder], { verify: false }).files) {
    if (record === undefined || record.cell.loss !== "cce" || record.cell.batchNorm) {
      continue;
    }
    const { threshold, inputShift, biasInit, frozenLayer } = record.cell;
    const name = settingText({ inputShift, biasInit: String(biasInit), frozenLayer });
    const runs = settings.get(name) ?? new Map<number, Map<number, GradientParts>>();
    const byThreshold = runs.get(record.repetition) ?? new Map<number, GradientParts>();
    const network = { variable: readWeights(path.replace(/\.csv$/, ".npz")), threshold, inputShift };
    settings.set(name, runs.set(record.repetition, byThreshold.set(threshold, partsOf(network))));
  }
  return [...settings].flatMap(([name, runs]) => {
    const pairs = [...runs.values()].flatMap((byThreshold) => {
      const [few, many] = [byThreshold.get(0.95), byThreshold.get(0.05)];
      return few === undefined || many === undefined ? [] : [{ few, many }];
    });
    const line = (part: string, value: (pair: (typeof pairs)[number]) => number) => {
      const estimate = estimateMean(pairs.map((pair) => Math.log(value(pair))));
      return estimate === undefined ? [] : [`${name}: ${part} ${formatLogRatio(estimate)}`];
    };
    const whole = ({ few, many }: (typeof pairs)[number]) => few.norm / many.norm;
    const single = ({ few, many }: (typeof pairs)[number]) => few.errorSize / many.errorSize;
    // Each network's errors with its own image and with the negative one, which is like the other network's.
    const input = ({ few, many }: (typeof pairs)[number]) =>
      Math.sqrt((few.norm / few.normOfNegative) * (many.normOfNegative / many.norm));
    return [
      ...line("whole", whole),
      ...line("input", input),
      ...line("errors", (pair) => whole(pair) / input(pair)),
      ...line("size of single errors", single),
      ...line("how errors add up", (pair) => whole(pair) / input(pair) / single(pair)),
      `${name}: active at ${percent(pairs.map(({ few }) => few.active))} (5 %) and ${percent(pairs.map(({ many }) => many.active))} (95 %)`,
    ];
  });
}

function percent(shares: readonly number[]): string {
  return `${(100 * mean(shares)).toFixed(1)} %`;
}

function partsOf(network: TrainedNetwork): GradientParts {
  const next = mulberry32(1);
  const parts = Array.from({ length: batches }, () => {
    const images = Float64Array.from({ length: batchSize * imageSize ** 2 }, next);
    const found = conv1Errors(network, images, imageSize);
    return {
      norm: conv1GradientNorm(found, found.input),
      normOfNegative: conv1GradientNorm(
        found,
        images.map((x) => 1 - x + network.inputShift),
      ),
      errorSize: Math.hypot(...found.errors),
      active: found.active,
    };
  });
  const average = (part: keyof GradientParts) => mean(parts.map((batch) => batch[part]));
  return {
    norm: average("norm"),
    normOfNegative: average("normOfNegative"),
    errorSize: average("errorSize"),
    active: average("active"),
  };
}

/** Reads the final weights of a run. */
function readWeights(file: string): TrainedNetwork["variable"] {
  const arrays = unzipSync(readFileSync(file));
  return (name) => {
    const bytes = arrays[`final.${name}.npy`];
    if (bytes === undefined) {
      throw new Error(`${file} has no ${name}`);
    }
    return parse(Uint8Array.from(bytes).buffer).data as Float32Array;
  };
}

/** Creates a generator of uniform numbers in [0, 1): mulberry32, https://github.com/cprosche/mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
