import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { relu } from "./activations.js";
import { type Architecture, type LayerMap, layerNames, tensorOf } from "./architecture.js";
import { batchNorm } from "./batch-norm.js";
import { conv3x3 } from "./conv3x3.js";
import { type FlatLayout, type MaskedLayout, pixelMask, type Strip } from "./flat-layout.js";
import { head } from "./head.js";
import { imageConv3x3 } from "./image-conv3x3.js";
import {
  type Layer,
  type LayerPass,
  type LayerTensors,
  type Moments,
  passedBack,
  sequential,
  type VariableKind,
} from "./layer.js";

// The network as a fold over its layers: forward over the layers, backward over the functions that they
// returned. The same network in plain loops, which the tests compare it with, is
// test/helpers/reference-network.ts.
//
// Halos. Every 3x3 convolution takes one kernel reach of halo off its input, and backward one off its
// gradient. The gradient at the logits must therefore reach far enough to go back through all convolutions
// but the first, which passes nothing back.

/** A network for mini-batches of one shape, with the masks of its layout. */
export interface Network extends MaskedLayout {
  readonly architecture: Architecture;
  /** The halo of the image that enters it. */
  readonly imageHalo: number;
  /** The halo of the logits. */
  readonly logitHalo: number;
  /** Frees the masks. */
  readonly close: () => void;
}

/** One forward pass of the network. */
export interface ForwardPass {
  /** The foreground's logit minus the background's, [lanes, 1, position], with the network's `logitHalo`. */
  readonly logitDifference: Strip;
  /** The moments that the batch norms used, first to last; none without batch norm. */
  readonly moments: readonly Moments[];
  /**
   * Maps the gradients of all losses at it, [lanes, losses, 1, position], 0 at positions that hold no pixel,
   * to the gradients of every variable, each [lanes, losses, ...shape].
   */
  readonly backward: (gradients: Strip) => LayerMap;
}

/**
 * Prepares a network. Each of its masks is made once, when it is first used: whatever is compiled with the
 * network holds them as constants.
 */
export function openNetwork(architecture: Architecture, layout: FlatLayout): Network {
  const { convLayers } = architecture;
  const { kernelReach } = layout;
  const halos = Array.from({ length: 2 * convLayers }, (_, reaches) => reaches * kernelReach);
  const masks = new Map<number, Tensor>();
  return {
    architecture,
    layout,
    imageHalo: (2 * convLayers - 1) * kernelReach,
    logitHalo: (convLayers - 1) * kernelReach,
    mask(halo) {
      if (!halos.includes(halo)) {
        throw new RangeError(`no layer of this network has a halo of ${halo}`);
      }
      const mask = masks.get(halo) ?? tf.keep(pixelMask(layout, halo));
      masks.set(halo, mask);
      return mask;
    },
    close: () => tf.dispose([...masks.values()]),
  };
}

/**
 * Runs the network on an image [lanes, position] with the network's `imageHalo`. Batch norm uses the moments
 * of the mini-batch, or `moving` where given, one per batch norm.
 */
export function forward(
  network: Network,
  variables: LayerMap,
  image: Strip,
  moving?: readonly Moments[],
): ForwardPass {
  const passes: { readonly name: string; readonly pass: LayerPass }[] = [];
  let output: Strip = { values: tf.expandDims(image.values, 1), halo: image.halo };
  for (const { name, layer } of layersOf(network, variables, moving)) {
    const pass = layer(output);
    passes.push({ name, pass });
    output = pass.output;
  }
  return {
    logitDifference: output,
    moments: passes.flatMap(({ pass }) => pass.moments),
    backward(atDifference) {
      const gradients: Record<string, LayerTensors> = {};
      passes.reduceRight<Strip | undefined>((gradient, { name, pass }) => {
        const { variables, input } = pass.backward(passedBack(gradient));
        gradients[name] = variables;
        return input;
      }, atDifference);
      return gradients;
    },
  };
}

/** Returns the layers with their variables, from the image to the logits. */
function layersOf(
  network: Network,
  variables: LayerMap,
  moving: readonly Moments[] | undefined,
): { readonly name: string; readonly layer: Layer }[] {
  const { architecture } = network;
  const names = layerNames(architecture);
  return names.map((name, index) => {
    const variable = (kind: VariableKind): Tensor => tensorOf(variables, name, kind);
    if (index === names.length - 1) {
      return { name, layer: head(variable("weights"), variable("bias")) };
    }
    const convolution = index === 0 ? imageConv3x3 : conv3x3;
    const layers = architecture.batchNorm
      ? [
          convolution(network, variable("weights"), undefined),
          batchNorm(network, variable("gamma"), variable("beta"), moving?.[index]),
        ]
      : [convolution(network, variable("weights"), variable("bias"))];
    return { name, layer: sequential([...layers, relu(network, architecture.batchNorm)]) };
  });
}
