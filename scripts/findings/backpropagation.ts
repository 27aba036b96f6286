// The study's network without batch norm once more, in float64 and plain loops, with the errors that reach conv1: tensors that training
// does not record. A test compares its gradient with finite differences.

const filters = 4;

/** The weights of the study's network without batch norm, as --save-weights names them, and what it is trained on. */
export interface TrainedNetwork {
  /** Returns the values of a variable, such as `conv1.weights`. */
  readonly variable: (name: string) => ArrayLike<number>;
  readonly threshold: number;
  readonly inputShift: number;
}

/** The gradient of cross entropy by what conv1's units compute before their ReLU: their errors. */
export interface Conv1Errors {
  /** What the network sees, [batch][y][x] flat. */
  readonly input: Float64Array;
  /** [position][unit] flat; 0 where a unit is inactive. */
  readonly errors: Float64Array;
  /** The share of positions and units that are active. */
  readonly active: number;
  /** For each of the nine weights of a kernel, the position of the pixel that it sees at each position; -1 outside the image. */
  readonly neighbors: readonly Int32Array[];
}

/** Runs the network on images of `size` x `size` pixels and propagates cross entropy's gradient back to conv1. */
export function conv1Errors(
  { variable, threshold, inputShift }: TrainedNetwork,
  images: Float64Array,
  size: number,
): Conv1Errors {
  const neighbors = neighborPositions(images.length, size);
  const input = images.map((x) => x + inputShift);
  const hidden1 = convolve(input, 1, variable("conv1.weights"), variable("conv1.bias"), neighbors);
  const hidden2 = convolve(hidden1, filters, variable("conv2.weights"), variable("conv2.bias"), neighbors);
  const head = variable("head.weights");
  const bias = variable("head.bias");
  const toDifference = Array.from({ length: filters }, (_, f) => at(head, 2 * f + 1) - at(head, 2 * f));
  const errors2 = new Float64Array(hidden2.length);
  for (let position = 0; position < images.length; position++) {
    let difference = at(bias, 1) - at(bias, 0);
    for (let f = 0; f < filters; f++) {
      difference += at(hidden2, position * filters + f) * at(toDifference, f);
    }
    const label = at(images, position) > threshold ? 1 : 0;
    const error = (1 / (1 + Math.exp(-difference)) - label) / images.length;
    for (let f = 0; f < filters; f++) {
      const index = position * filters + f;
      errors2[index] = at(hidden2, index) > 0 ? error * at(toDifference, f) : 0;
    }
  }
  const errors = passBack(errors2, variable("conv2.weights"), neighbors);
  let active = 0;
  for (const [index, output] of hidden1.entries()) {
    if (output > 0) {
      active++;
    } else {
      errors[index] = 0;
    }
  }
  return { input, errors, active: active / hidden1.length, neighbors };
}

/** Returns the norm of conv1's gradient, weights and biases, for these errors and any input of the same size. */
export function conv1GradientNorm({ errors, neighbors }: Conv1Errors, input: Float64Array): number {
  const gradient = new Float64Array(10 * filters);
  for (let position = 0; position < input.length; position++) {
    for (let f = 0; f < filters; f++) {
      const error = at(errors, position * filters + f);
      for (const [k, positions] of neighbors.entries()) {
        const seen = at(positions, position);
        gradient[k * filters + f] = at(gradient, k * filters + f) + error * (seen < 0 ? 0 : at(input, seen));
      }
      gradient[9 * filters + f] = at(gradient, 9 * filters + f) + error;
    }
  }
  return Math.hypot(...gradient);
}

function neighborPositions(length: number, size: number): readonly Int32Array[] {
  return Array.from({ length: 9 }, (_, k) =>
    Int32Array.from({ length }, (_, position) => {
      const y = (Math.floor(position / size) % size) + Math.floor(k / 3) - 1;
      const x = (position % size) + (k % 3) - 1;
      return y < 0 || y >= size || x < 0 || x >= size
        ? -1
        : position + (Math.floor(k / 3) - 1) * size + (k % 3) - 1;
    }),
  );
}

/** 3x3 convolution with zero padding, bias and ReLU; weights [k][in][out], features [position][channel]. */
function convolve(
  features: Float64Array,
  channels: number,
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  neighbors: readonly Int32Array[],
): Float64Array {
  const positions = features.length / channels;
  const output = new Float64Array(positions * filters);
  for (let position = 0; position < positions; position++) {
    for (let f = 0; f < filters; f++) {
      let sum = at(bias, f);
      for (const [k, seenFrom] of neighbors.entries()) {
        const seen = at(seenFrom, position);
        for (let c = 0; seen >= 0 && c < channels; c++) {
          sum += at(features, seen * channels + c) * at(weights, (k * channels + c) * filters + f);
        }
      }
      output[position * filters + f] = Math.max(0, sum);
    }
  }
  return output;
}

/** Returns the gradient by a 3x3 convolution's input, from that by its output. */
function passBack(
  errors: Float64Array,
  weights: ArrayLike<number>,
  neighbors: readonly Int32Array[],
): Float64Array {
  const passed = new Float64Array(errors.length);
  for (const [k, seenFrom] of neighbors.entries()) {
    for (const [position, seen] of seenFrom.entries()) {
      for (let c = 0; seen >= 0 && c < filters; c++) {
        for (let f = 0; f < filters; f++) {
          const index = seen * filters + c;
          passed[index] =
            at(passed, index) +
            at(errors, position * filters + f) * at(weights, (k * filters + c) * filters + f);
        }
      }
    }
  }
  return passed;
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}
