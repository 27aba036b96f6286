import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";

/** The network: 3x3 convolutions of so many filters, each followed by batch norm (if on) and ReLU, then a 1x1 convolution to two logits. */
export interface Architecture {
  readonly batchNorm: boolean;
  readonly filters: number;
  readonly convLayers: number;
}

export const channels = 2;

/** One trainable variable. A 3x3 convolution has a bias only where no batch norm (gamma, beta) follows. */
export interface Variable {
  /** conv1, conv2, ..., head. */
  readonly layer: string;
  readonly kind: "weights" | "bias" | "gamma" | "beta";
  /** Weights are [dy, dx, in, out], the head's [in, out]. */
  readonly shape: readonly number[];
}

/** Names of the layers that have variables, from the image to the logits. */
export function layerNames({ convLayers }: Pick<Architecture, "convLayers">): string[] {
  return [...Array.from({ length: convLayers }, (_, index) => `conv${index + 1}`), "head"];
}

/** The trainable variables, in the order in which a flat vector of parameters holds them. */
export function variablesOf(architecture: Architecture): Variable[] {
  const { batchNorm, filters, convLayers } = architecture;
  const convolutions = layerNames(architecture)
    .slice(0, convLayers)
    .flatMap((layer, index): Variable[] => [
      { layer, kind: "weights", shape: [3, 3, index === 0 ? 1 : filters, filters] },
      ...(batchNorm ? (["gamma", "beta"] as const) : (["bias"] as const)).map((kind) => ({
        layer,
        kind,
        shape: [filters],
      })),
    ]);
  return [
    ...convolutions,
    { layer: "head", kind: "weights", shape: [filters, channels] },
    { layer: "head", kind: "bias", shape: [channels] },
  ];
}

export function sizeOf({ shape }: Variable): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** How many numbers are trained: 198 without batch norm, 206 with it, for the study's network. */
export function parameterCount(architecture: Architecture): number {
  return variablesOf(architecture).reduce((total, variable) => total + sizeOf(variable), 0);
}

/** The tensors of one layer, by kind. With batch norm `bias` is absent; else `gamma` and `beta` are. */
export type LayerTensors = Readonly<Partial<Record<Variable["kind"], Tensor>>>;

/** The layers' tensors by name of the layer. */
export type LayerMap = Readonly<Record<string, LayerTensors>>;

/** Splits flat parameters [lanes, count] into the layers' tensors, each [lanes, ...shape]. */
export function unpack(architecture: Architecture, flat: Tensor): LayerMap {
  const lanes = flat.shape[0] ?? 1;
  const layers: Record<string, Record<string, Tensor>> = {};
  let at = 0;
  for (const variable of variablesOf(architecture)) {
    const part = tf.slice(flat, [0, at], [lanes, sizeOf(variable)]);
    layers[variable.layer] = {
      ...layers[variable.layer],
      [variable.kind]: tf.reshape(part, [lanes, ...variable.shape]),
    };
    at += sizeOf(variable);
  }
  return layers;
}

/** Joins every loss's gradients, each [lanes, losses, ...shape], into [lanes, losses, count]. Throws if one is missing. */
export function pack(architecture: Architecture, gradients: LayerMap): Tensor {
  const parts = variablesOf(architecture).map((variable) => {
    const gradient = tensorOf(gradients, variable.layer, variable.kind);
    return tf.reshape(gradient, [...gradient.shape.slice(0, 2), sizeOf(variable)]);
  });
  return tf.concat(parts, 2);
}

/** One tensor of a layer. Throws if the layer has none of that kind. */
export function tensorOf(layers: LayerMap, layer: string, kind: Variable["kind"]): Tensor {
  const tensor = layers[layer]?.[kind];
  if (tensor === undefined) {
    throw new Error(`layer ${layer} has no ${kind}`);
  }
  return tensor;
}
