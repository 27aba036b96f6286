import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Strip } from "./flat-layout.js";

/** What a trainable variable is to its layer. */
export type VariableKind = "weights" | "bias" | "gamma" | "beta";

/** The variables of one layer, or their gradients. */
export type LayerTensors = Readonly<Partial<Record<VariableKind, Tensor>>>;

/** Mean and variance of every channel: [lanes, channel]. */
export interface Moments {
  readonly mean: Tensor;
  /** Of the population: divided by N. */
  readonly variance: Tensor;
}

/** A layer of the network with its variables: runs it on an input, [lanes, channel, position]. */
export type Layer = (input: Strip) => LayerPass;

/** One run of a layer. */
export interface LayerPass {
  /** [lanes, channel, position]. Its halo is the input's, less what the layer reaches beyond a pixel. */
  readonly output: Strip;
  /** The moments that batch norm used, one item for every batch norm inside. */
  readonly moments: readonly Moments[];
  /**
   * The vector-Jacobian product: maps the gradients of all losses at the output, [lanes, losses, channel,
   * position], to those of the variables and of the input. Gradients are 0 at positions that hold no pixel.
   * They may have a smaller halo than the output; the input's then has a smaller one too.
   */
  readonly backward: (gradient: Strip) => LayerGradients;
}

/** The gradients of all losses. */
export interface LayerGradients {
  /** Of every variable, [lanes, losses, ...shape of the variable]. */
  readonly variables: LayerTensors;
  /**
   * Of the input, [lanes, losses, channel, position]; undefined for the first layer, whose input is the
   * image.
   */
  readonly input: Strip | undefined;
}

/** Joins layers to one: forward from the first to the last, backward from the last to the first. */
export function sequential(layers: readonly Layer[]): Layer {
  return (input) => {
    const passes: LayerPass[] = [];
    let output = input;
    for (const layer of layers) {
      const pass = layer(output);
      passes.push(pass);
      output = pass.output;
    }
    return {
      output,
      moments: passes.flatMap(({ moments }) => moments),
      backward: (gradient) =>
        passes.reduceRight<LayerGradients>(
          (above, pass) => {
            const below = pass.backward(passedBack(above.input));
            return { variables: { ...above.variables, ...below.variables }, input: below.input };
          },
          { variables: {}, input: gradient },
        ),
    };
  };
}

/** Returns the gradient that a layer passed back to the one below it. Throws if it is undefined. */
export function passedBack(gradient: Strip | undefined): Strip {
  if (gradient === undefined) {
    throw new Error("only the network's first layer may pass no gradient back");
  }
  return gradient;
}
