// Apart from architecture.ts, which draws no random numbers.

import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { statelessUniform, tf } from "../../tensorflow/index.js";
import { foldIn, type StreamSeed } from "../random.js";
import { type Architecture, layerNames, type Variable, variablesOf } from "./architecture.js";

/**
 * Returns the parameters before the first step, one lane for every stream: weights Glorot-uniform, biases and
 * beta 0, gamma 1. [lanes, parameters]
 */
export function initialParameters(architecture: Architecture, streams: readonly StreamSeed[]): Tensor {
  return tf.tidy(() => tf.stack(streams.map((stream) => parametersOfLane(architecture, stream))));
}

function parametersOfLane(architecture: Architecture, stream: StreamSeed): Tensor {
  const layers = layerNames(architecture);
  const parts = variablesOf(architecture).map((variable) => {
    const { kind, shape, layer } = variable;
    if (kind !== "weights") {
      return tf.fill([...shape], kind === "gamma" ? 1 : 0);
    }
    // The head's number is 0, whatever its place: more convolutions change the weights of no other layer.
    const number = layer === "head" ? 0 : layers.indexOf(layer) + 1;
    const uniform = statelessUniform(shape, foldIn(stream, number));
    const limit = glorotLimit(variable);
    return tf.add(tf.mul(uniform, 2 * limit), -limit);
  });
  return tf.concat(parts.map((part) => tf.reshape(part, [-1])));
}

/**
 * Returns sqrt(6 / (fan in + fan out)), a fan being the channels times the kernel's area (Glorot & Bengio
 * 2010).
 */
function glorotLimit({ shape }: Variable): number {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const area = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return Math.sqrt(6 / (area * (inputs + outputs)));
}
