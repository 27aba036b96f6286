import { readFileSync } from "node:fs";
import type { LaneRun } from "../../src/study/lanes/step-signature.js";
import { type LossName, studyLosses } from "../../src/study/losses.js";
import { type Architecture, variablesOf } from "../../src/study/network/architecture.js";
import { randomSample } from "./mersenne-twister.js";
import { cellOf } from "./training.js";

// fixture.json holds five steps of an independent implementation, in float64 with its derivatives written
// out.

/** Images of 32 x 32, or small ones of 8 x 8. */
export type ImageSet = "recipe" | "small";

/** One training of five steps. */
export interface Case {
  readonly images: ImageSet;
  readonly bn: 0 | 1;
  readonly threshold: number;
  readonly optimizer: "adam" | "sgd";
  readonly train_loss: string;
  /** [step][loss] */
  readonly losses: number[][];
  readonly norms: number[][];
  /** With Adam in TensorFlow 1's form. */
  readonly losses_adam_tf1?: number[][];
  readonly norms_adam_tf1?: number[][];
  /** The moving averages after the last step, with batch norm: mean0, var0, mean1, var1. */
  readonly moving_after?: Readonly<Record<string, number[]>>;
}

type Nested = number | readonly Nested[];
type Variables = Readonly<Record<string, Nested>>;

interface Fixture {
  readonly loss_order: string[];
  readonly recipe: {
    readonly seed: number;
    readonly first_8: number[];
    readonly last: number;
    sum_float64: number;
  };
  readonly small: { readonly seed: number; readonly values: number[] };
  readonly weights: { readonly bn0: Variables; readonly bn1: Variables };
  readonly first_gradients: readonly {
    readonly bn: 0 | 1;
    readonly threshold: number;
    readonly gradients: Readonly<Record<string, Variables>>;
  }[];
  readonly cases: readonly Case[];
}

/** The whole fixture. */
export const fixture: Fixture = JSON.parse(readFileSync(new URL("fixture.json", import.meta.url), "utf8"));

/** The number of steps of every case. */
export const steps = 5;

/** The order of losses in a case. */
export const lossOrder: readonly LossName[] = fixture.loss_order.map(lossOf);

/** Returns this project's name of a loss of the fixture. */
export function lossOf(name: string): LossName {
  return name.toLowerCase() as LossName;
}

/** Returns the height and width of the images. */
export function sizeOf(images: ImageSet): number {
  return images === "recipe" ? 32 : 8;
}

/** Returns the five mini-batches, [step][batch][y][x] flat. */
export function imagesOf(images: ImageSet): Float32Array {
  const next = randomSample(fixture[images].seed);
  return Float32Array.from({ length: steps * 2 * sizeOf(images) ** 2 }, next);
}

/** Returns the network of the cases, without (0) or with (1) batch norm. */
export function architectureOf(bn: 0 | 1): Architecture {
  return { batchNorm: bn === 1, filters: 4, convLayers: 2 };
}

const prefixes = { weights: "w", bias: "b", beta: "b", gamma: "g" } as const;

/** Flattens the fixture's variables into one vector of parameters, in this project's order. */
export function flatten(bn: 0 | 1, variables: Variables): number[] {
  return variablesOf(architectureOf(bn)).flatMap(({ layer, kind }) => {
    const suffix = layer === "head" ? "h" : String(Number(layer.slice("conv".length)) - 1);
    return numbers(variables[prefixes[kind] + suffix] ?? []);
  });
}

/** Returns the initial parameters of the cases. */
export function weightsOf(bn: 0 | 1): number[] {
  return flatten(bn, bn === 1 ? fixture.weights.bn1 : fixture.weights.bn0);
}

function numbers(nested: Nested): number[] {
  return typeof nested === "number" ? [nested] : nested.flatMap(numbers);
}

/** Returns the cases as runs, one lane each. */
export function runsOf(cases: readonly Case[]): LaneRun[] {
  return cases.map(({ images, bn, threshold, optimizer, train_loss }) => ({
    cell: cellOf({
      threshold,
      optimizer,
      batchNorm: bn === 1,
      imageSize: sizeOf(images),
      loss: lossOf(train_loss),
    }),
    monitor: studyLosses,
    perLayer: false,
  }));
}
