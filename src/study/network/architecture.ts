import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import type { LayerTensors, VariableKind } from "./layer.js";

/**
 * The network's shape: `convLayers` 3x3 convolutions of `filters` channels, each followed by batch norm (if
 * on) and ReLU, then a 1x1 convolution to the logits of background and foreground.
 */
export interface Architecture {
  readonly batchNorm: boolean;
  readonly filters: number;
  readonly convLayers: number;
}

/** The channels of labels, logits and probabilities: background and foreground. */
export const channels = 2;

/** One trainable variable. A 3x3 convolution has a bias only where no batch norm (gamma, beta) follows. */
export interface Variable {
  /** conv1, conv2, ..., head. */
  readonly layer: string;
  readonly kind: VariableKind;
  /** Weights are [dy, dx, in, out], the head's [in, out]. */
  readonly shape: readonly number[];
}

/** Returns the names of the layers that have variables, from the image to the logits. */
export function layerNames({ convLayers }: Pick<Architecture, "convLayers">): string[] {
  return [...Array.from({ length: convLayers }, (_, index) => `conv${index + 1}`), "head"];
}

/** Returns the trainable variables, in the order in which a flat vector of parameters holds them. */
export function variablesOf(architecture: Architecture): Variable[] {
  const { batchNorm, filters, convLayers } = architecture;
  const kinds = batchNorm ? (["gamma", "beta"] as const) : (["bias"] as const);
  const convolutions = layerNames(architecture)
    .slice(0, convLayers)
    .flatMap((layer, index): Variable[] => [
      { layer, kind: "weights", shape: [3, 3, index === 0 ? 1 : filters, filters] },
      ...kinds.map((kind) => ({ layer, kind, shape: [filters] })),
    ]);
  return [
    ...convolutions,
    { layer: "head", kind: "weights", shape: [filters, channels] },
    { layer: "head", kind: "bias", shape: [channels] },
  ];
}

/** Returns how many numbers a variable has. */
export function sizeOf({ shape }: Variable): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Returns how many numbers are trained: for the study's network 198 without batch norm, 206 with it. */
export function parameterCount(architecture: Architecture): number {
  return variablesOf(architecture).reduce((total, variable) => total + sizeOf(variable), 0);
}

/** The variables of all layers, or their gradients, by the name of the layer. */
export type LayerMap = Readonly<Record<string, LayerTensors>>;

/** Splits flat parameters, [lanes, parameters], into variables, each [lanes, ...shape]. */
export function unpackParameters(architecture: Architecture, flat: Tensor): LayerMap {
  const lanes = flat.shape[0] ?? 1;
  const layers: Record<string, LayerTensors> = {};
  let begin = 0;
  for (const variable of variablesOf(architecture)) {
    const part = tf.slice(flat, [0, begin], [lanes, sizeOf(variable)]);
    layers[variable.layer] = {
      ...layers[variable.layer],
      [variable.kind]: tf.reshape(part, [lanes, ...variable.shape]),
    };
    begin += sizeOf(variable);
  }
  return layers;
}

/**
 * Joins the gradients of all losses, each [lanes, losses, ...shape], into [lanes, losses, parameters].
 * Throws if one is missing.
 */
export function packGradients(architecture: Architecture, gradients: LayerMap): Tensor {
  const parts = variablesOf(architecture).map((variable) => {
    const gradient = tensorOf(gradients, variable.layer, variable.kind);
    return tf.reshape(gradient, [...gradient.shape.slice(0, 2), sizeOf(variable)]);
  });
  return tf.concat(parts, 2);
}

/**
 * Returns where each layer's variables stand in a flat vector of parameters, in the order of `layerNames`.
 */
export function layerRanges(architecture: Architecture): { readonly begin: number; readonly size: number }[] {
  const variables = variablesOf(architecture);
  let begin = 0;
  return layerNames(architecture).map((layer) => {
    const own = variables.filter((variable) => variable.layer === layer);
    const range = { begin, size: own.reduce((total, variable) => total + sizeOf(variable), 0) };
    begin += range.size;
    return range;
  });
}

/** Returns one variable of a layer. Throws if the layer has none of that kind. */
export function tensorOf(layers: LayerMap, layer: string, kind: VariableKind): Tensor {
  const tensor = layers[layer]?.[kind];
  if (tensor === undefined) {
    throw new Error(`layer ${layer} has no ${kind}`);
  }
  return tensor;
}
