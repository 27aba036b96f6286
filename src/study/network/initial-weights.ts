// Apart from architecture.ts, which draws no random numbers.

import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { statelessUniform, tf } from "../../tensorflow/index.js";
import { at } from "../list.js";
import { foldIn, type StreamSeed } from "../random.js";
import { type Architecture, layerNames, type Variable, variablesOf } from "./architecture.js";

/** What the initial weights of one run are made of. */
export interface InitialWeights {
  readonly stream: StreamSeed;
  /**
   * The input value at which the units of the first convolution have their kink, on a uniform image: their bias
   * is minus this times the sum of their weights.
   */
  readonly kink: number;
}

/**
 * Returns the parameters before the first step, one lane for every item of `initial`: weights Glorot-uniform,
 * biases (but the first ones, where a kink is set) and beta 0, gamma 1. [lanes, parameters]
 */
export function initialParameters(architecture: Architecture, initial: readonly InitialWeights[]): Tensor {
  return tf.tidy(() => tf.stack(initial.map((lane) => parametersOfLane(architecture, lane))));
}

function parametersOfLane(architecture: Architecture, { stream, kink }: InitialWeights): Tensor {
  const weightsOf = (variable: Variable): Tensor => {
    // The head's number is 0, whatever its place: more convolutions change the weights of no other layer.
    const number = variable.layer === "head" ? 0 : layerNames(architecture).indexOf(variable.layer) + 1;
    const uniform = statelessUniform(variable.shape, foldIn(stream, number));
    const limit = glorotLimit(variable);
    return tf.add(tf.mul(uniform, 2 * limit), -limit);
  };
  const variables = variablesOf(architecture);
  const parts = variables.map((variable) => {
    const { kind, shape, layer } = variable;
    if (kind === "weights") {
      return weightsOf(variable);
    }
    if (kind === "bias" && layer === "conv1" && kink !== 0) {
      return tf.mul(tf.sum(weightsOf(at(variables, 0)), [0, 1, 2]), -kink);
    }
    return tf.fill([...shape], kind === "gamma" ? 1 : 0);
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
