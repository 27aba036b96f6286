import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A made-up sweep: the product of the axes in the folder layout of a real sweep. */
export interface SyntheticSweep {
  /** Key columns with their values; `trained_loss` must be among them, `run` must not. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  readonly monitor: readonly string[];
  readonly runs: number;
  readonly steps: number;
  readonly layers?: readonly string[];
  /** Runs that are not finished yet. */
  readonly missing?: (keys: Keys, run: number) => boolean;
  /** Step from which the run holds NaN; Infinity for never. */
  readonly brokenFrom?: (keys: Keys, run: number) => number;
  /** The course of a run; `likeStudy` unless given. */
  readonly shape?: (keys: Keys) => Shape;
}

export type Keys = Readonly<Record<string, string>>;

/** The course of a run: its final accuracy, its speed and its norms. */
export interface Shape {
  readonly finalAccuracy: number;
  /** Steps until half of the improvement. */
  readonly halfLife: number;
  /** Level of the gradient norms at the start. */
  readonly norm: number;
  /** Whether cce shoots up near step 180. */
  readonly bump: boolean;
}

/** Returns the course of a run as the study found it. */
export function likeStudy(keys: Keys): Shape {
  const threshold = Number(keys.threshold);
  const foreground = 1 - threshold;
  const norm = foreground > 0.9 ? 0.5 : foreground < 0.1 ? 1.6 : 1.1;
  const majority = Math.max(threshold, foreground);
  if (keys.optimizer === "sgd") {
    const batchNormBonus = keys.batch_norm === "true" ? 0.08 : 0;
    const finalAccuracy = majority > 0.9 ? 0.95 : 0.84 + batchNormBonus;
    return { finalAccuracy, halfLife: 2500, norm, bump: false };
  }
  const plain = keys.batch_norm !== "true";
  const stuck = plain && foreground > 0.9 && keys.trained_loss === "dicefg";
  const bump = plain && threshold === 0.5 && keys.trained_loss === "dicefg";
  return { finalAccuracy: stuck ? 0.95 : plain ? 0.996 : 0.998, halfLife: plain ? 420 : 210, norm, bump };
}

/** Writes the sweep into `folder`. Returns the number of runs written. */
export function writeSweep(folder: string, sweep: SyntheticSweep): number {
  let written = 0;
  for (const keys of product(sweep.axes)) {
    const cell = join(folder, cellName(keys));
    mkdirSync(cell, { recursive: true });
    for (let run = 0; run < sweep.runs; run++) {
      if (sweep.missing?.(keys, run)) {
        continue;
      }
      writeFileSync(join(cell, `run-${run}.csv`), runCsv(keys, run, sweep));
      written++;
    }
  }
  return written;
}

/** Returns the study's full sweep with `steps` steps. */
export function fullSweep(steps: number, losses = ["cce", "dice", "dice_square", "dicefg", "dicefg_square"]) {
  return {
    axes: {
      optimizer: ["adam", "sgd"],
      batch_norm: ["false", "true"],
      threshold: ["0.05", "0.5", "0.95"],
      trained_loss: losses,
    },
    monitor: losses,
    runs: 3,
    steps,
  } satisfies SyntheticSweep;
}

function product(axes: SyntheticSweep["axes"]): readonly Keys[] {
  return Object.entries(axes).reduce<readonly Keys[]>(
    (cells, [key, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value }))),
    [{}],
  );
}

/** Returns a cell's folder name as in a real sweep: main keys first, further ones as name and value. */
function cellName(keys: Keys): string {
  const { optimizer, batch_norm, threshold, trained_loss, ...further } = keys;
  const fixed = [
    optimizer ?? "adam",
    batch_norm === "true" ? "bn" : "nobn",
    `t${threshold ?? "0.5"}`,
    trained_loss,
  ];
  const rest = Object.entries(further).map(
    ([key, value]) => `${key}${/^[a-z]/.test(value) ? "-" : ""}${value}`,
  );
  return [...fixed, ...rest].join("-").replaceAll("_", "-");
}

/** Returns one run's CSV: sigmoid-like learning curves with noise that shrinks with the loss. */
export function runCsv(keys: Keys, run: number, sweep: SyntheticSweep): string {
  const random = mulberry32(hash(JSON.stringify(keys)) + run * 7919);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const shape = (sweep.shape ?? likeStudy)(keys);
  const halfLife = shape.halfLife * (0.8 + 0.4 * random());
  const broken = sweep.brokenFrom?.(keys, run) ?? Number.POSITIVE_INFINITY;
  const layers = ["", ...(sweep.layers ?? []).map((layer) => `_${layer}`)];
  const norms = sweep.monitor.flatMap((loss) =>
    layers.filter((l) => l === "").map((l) => `${loss}_grad_norm${l}`),
  );
  const layerNorms = sweep.monitor.flatMap((loss) =>
    layers.filter((l) => l !== "").map((l) => `${loss}_grad_norm${l}`),
  );
  const { optimizer, batch_norm, threshold, trained_loss, ...further } = keys;
  const fixed = Object.entries({ optimizer, batch_norm, threshold, trained_loss }).filter(
    ([, v]) => v !== undefined,
  );
  const columns = [...fixed, ["run", run] as const, ...Object.entries(further)];
  const header = [
    ...columns.map(([key]) => key),
    "step",
    ...sweep.monitor.map((loss) => `${loss}_loss`),
    ...norms,
  ];
  const lines = [[...header, ...layerNorms, "accuracy"].join(",")];
  const prefix = columns.map(([, value]) => value).join(",");
  const end = (1 - shape.finalAccuracy) * (0.85 + 0.3 * random());
  for (let step = 0; step < sweep.steps; step++) {
    const progress = 1 / (1 + (step / halfLife) ** 2.2);
    const error = end + (0.5 - end) * progress;
    const bump = shape.bump ? 1.6 * Math.exp(-(((step - 180) / 110) ** 2)) : 0;
    const values = sweep.monitor.map((loss, i) => {
      const level = loss === "cce" ? error * 1.35 + bump : error * (0.9 + 0.12 * i);
      return step >= broken ? Number.NaN : level * Math.exp(0.25 * normal());
    });
    const gradients = sweep.monitor.map((loss, i) => {
      const level = shape.norm * (0.08 + progress * (0.7 + 0.25 * i)) + (loss === "cce" ? bump * 1.6 : 0);
      return step >= broken ? Number.NaN : level * Math.exp(0.5 * normal());
    });
    const byLayer = gradients.flatMap((norm) => layers.slice(1).map((_, l) => norm * Math.sqrt((l + 1) / 6)));
    const measured = step % 250 === 0;
    const accuracy = measured ? text(Math.min(1, 1 - error * (1 + 0.05 * normal()))) : "";
    lines.push([prefix, step, ...[...values, ...gradients, ...byLayer].map(text), accuracy].join(","));
  }
  return `${lines.join("\n")}\n`;
}

function text(value: number): string {
  return Number.isFinite(value) ? String(Number(Math.fround(value).toPrecision(8))) : String(value);
}

function hash(value: string): number {
  let sum = 2166136261;
  for (const char of value) {
    sum = Math.imul(sum ^ char.charCodeAt(0), 16777619);
  }
  return sum >>> 0;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
