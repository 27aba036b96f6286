import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { at } from "../list.js";
import { type Architecture, channels, type LayerMap, layerNames, tensorOf } from "./architecture.js";
import { type Moments, momentsOf, type Normalised, normalise, normaliseBack } from "./batch-norm.js";
import {
  type Columns,
  convolve,
  convolveBack,
  convolveGradients,
  neighbourhoods,
  rowsOf,
  shiftedColumns,
} from "./conv3x3.js";
import { crop, type FlatLayout, pixelMask, sumOverPositions } from "./flat-layout.js";

// Every convolution takes one reach of margin off its input. The backward pass needs the last layer's gradient with enough
// margin to go back through all layers but the first; so the logits keep that much, and the image has as much more as there
// are layers before them.

/** A network for mini-batches of one shape. */
export interface Network {
  readonly architecture: Architecture;
  readonly layout: FlatLayout;
  /** Margin of the image that enters it. */
  readonly imageHalo: number;
  /** Margin of its logits. */
  readonly logitHalo: number;
  /** 1 at pixels, 0 elsewhere: [position]. Throws for a margin that does not occur. */
  mask(margin: number): Tensor;
  /** Frees the masks. */
  close(): void;
}

/** The masks are made here, once, and so are constants of whatever is compiled with the network. */
export function openNetwork(architecture: Architecture, layout: FlatLayout): Network {
  const { convLayers } = architecture;
  const masks = Array.from({ length: 2 * convLayers }, (_, reaches) =>
    pixelMask(layout, reaches * layout.kernelReach),
  );
  return {
    architecture,
    layout,
    imageHalo: (2 * convLayers - 1) * layout.kernelReach,
    logitHalo: (convLayers - 1) * layout.kernelReach,
    mask: (margin) => at(masks, margin / layout.kernelReach),
    close: () => tf.dispose(masks),
  };
}

/** What the backward pass needs of one convolution's forward pass. */
interface Activation {
  readonly margin: number;
  /** The convolution's input: shifted copies. */
  readonly columns: Columns;
  readonly normalised: Normalised | undefined;
  /** 1 where ReLU lets its input through and a pixel is, 0 elsewhere: [lanes, filter, position]. */
  readonly open: Tensor;
  /** ReLU's output. */
  readonly output: Tensor;
}

/** A forward pass. */
export interface Forward {
  /** [lanes, channel, position], margin `logitMargin`. */
  readonly logits: Tensor;
  readonly activations: readonly Activation[];
  /** The batch's moments, one per batch norm. */
  readonly moments: readonly Moments[];
}

/**
 * The logits of images [lanes, position] (margin `imageHalo`). Batch norm uses the moments of the batch, or `moving` where
 * given, one per convolution.
 */
export function forward(
  network: Network,
  layers: LayerMap,
  image: Tensor,
  moving?: readonly Moments[],
): Forward {
  const { architecture, layout } = network;
  const activations: Activation[] = [];
  const moments: Moments[] = [];
  let below = tf.expandDims(image, 1);
  let margin = network.imageHalo;
  for (const [index, layer] of layerNames(architecture).slice(0, -1).entries()) {
    const { sums, columns } = convolution(layout, layers, layer, below, margin, index === 0);
    margin -= layout.kernelReach;
    const mask = network.mask(margin);
    let normalised: Normalised | undefined;
    if (architecture.batchNorm) {
      const now = moving?.[index] ?? momentsOf(sums, mask, layout.pixels);
      moments.push(now);
      normalised = normalise(sums, now, tensorOf(layers, layer, "gamma"), tensorOf(layers, layer, "beta"));
    }
    const z = normalised?.output ?? tf.add(sums, tf.expandDims(tensorOf(layers, layer, "bias"), -1));
    const open = tf.mul(tf.cast(tf.greater(z, 0), "float32"), mask);
    below = tf.mul(tf.relu(z), mask);
    activations.push({ margin, columns, normalised, open, output: below });
  }
  const scores = tf.matMul(tensorOf(layers, "head", "weights"), below, true, false);
  const logits = tf.add(scores, tf.expandDims(tensorOf(layers, "head", "bias"), -1));
  return { logits, activations, moments };
}

/** A 3x3 convolution without its bias: [lanes, out, position], one reach of margin less than its input. */
function convolution(
  layout: FlatLayout,
  layers: LayerMap,
  layer: string,
  input: Tensor,
  margin: number,
  isFirst: boolean,
): { readonly sums: Tensor; readonly columns: Columns } {
  const weights = tensorOf(layers, layer, "weights");
  if (!isFirst) {
    const columns = shiftedColumns(layout, input, margin);
    return { sums: convolve(layout, columns, weights), columns };
  }
  const values = neighbourhoods(layout, input, margin, margin - layout.kernelReach);
  const kernel = tf.reshape(weights, [weights.shape[0] ?? 1, 9, -1]);
  const pixelsAround = tf.slice(values, [0, 0, 0], [-1, 9, -1]);
  return {
    sums: tf.matMul(kernel, pixelsAround, true, false),
    columns: { values, margin: margin - layout.kernelReach },
  };
}

/**
 * The gradients of every loss by every variable, each [lanes, losses, ...shape], given those at the logits,
 * [lanes, losses, channel, position] with margin `logitMargin` and 0 where no pixel is.
 */
export function backward(
  network: Network,
  layers: LayerMap,
  { activations }: Forward,
  atLogits: Tensor,
): LayerMap {
  const { architecture, layout } = network;
  const [lanes, losses] = atLogits.shape as [number, number];
  const gradients: Record<string, Record<string, Tensor>> = {};
  const last = at(activations, activations.length - 1);
  gradients.head = headGradients(atLogits, last.output);
  // Through the 1x1 convolution: [lanes, losses, filter, position].
  const head = tf.expandDims(tensorOf(layers, "head", "weights"), 1);
  let g = tf.matMul(tf.tile(head, [1, losses, 1, 1]), atLogits);
  for (let index = activations.length - 1; index >= 0; index--) {
    const layer = `conv${index + 1}`;
    const activation = at(activations, index);
    const margin = index * layout.kernelReach;
    g = tf.mul(g, tf.expandDims(crop(layout, activation.open, activation.margin, margin), 1));
    const own: Record<string, Tensor> = {};
    if (activation.normalised !== undefined) {
      const { standard, inverse } = activation.normalised;
      const kept = { standard: crop(layout, standard, activation.margin, margin), inverse };
      const gamma = tensorOf(layers, layer, "gamma");
      const back = normaliseBack(g, kept, gamma, network.mask(margin), layout.pixels);
      Object.assign(own, { gamma: back.gamma, beta: back.beta });
      g = back.input;
    }
    if (index > 0) {
      const rows = rowsOf(layout, g, margin, margin - layout.rowPitch);
      const { weights, bias } = convolveGradients(layout, rows, activation.columns, architecture.filters);
      Object.assign(own, { weights, ...(architecture.batchNorm ? {} : { bias }) });
      g = convolveBack(layout, rows, tensorOf(layers, layer, "weights"));
    } else {
      Object.assign(own, firstGradients(layout, g, activation.columns, lanes, losses));
    }
    gradients[layer] = own;
  }
  return gradients;
}

function headGradients(
  atLogits: Tensor,
  features: Tensor,
): { readonly weights: Tensor; readonly bias: Tensor } {
  const [lanes, losses, , positions] = atLogits.shape as [number, number, number, number];
  const flat = tf.reshape(atLogits, [lanes, losses * channels, positions]);
  const product = tf.reshape(tf.matMul(flat, features, false, true), [lanes, losses, channels, -1]);
  return {
    weights: tf.transpose(product, [0, 1, 3, 2]),
    bias: tf.reshape(sumOverPositions(flat), [lanes, losses, channels]),
  };
}

/** Gradients by the first convolution's weights and, from the row of ones, by its bias. */
function firstGradients(
  layout: FlatLayout,
  g: Tensor,
  { values, margin }: Columns,
  lanes: number,
  losses: number,
): { readonly weights: Tensor; readonly bias: Tensor } {
  const filters = g.shape[2] ?? 1;
  const flat = tf.reshape(g, [lanes, losses * filters, layout.length]);
  const product = tf.reshape(tf.matMul(flat, crop(layout, values, margin, 0), false, true), [
    lanes,
    losses,
    filters,
    10,
  ]);
  const weights = tf.transpose(tf.slice(product, [0, 0, 0, 0], [-1, -1, -1, 9]), [0, 1, 3, 2]);
  return {
    weights: tf.reshape(weights, [lanes, losses, 3, 3, 1, filters]),
    bias: tf.squeeze(tf.slice(product, [0, 0, 0, 9], [-1, -1, -1, 1]), [3]),
  };
}
