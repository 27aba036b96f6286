import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../src/tensorflow/backend.js";

type DType = "float32" | "int32" | "bool";

/** A function over tensors of these types and shapes. */
export interface Sample {
  readonly inputs: readonly (readonly [dtype: DType, ...shape: number[]])[];
  // biome-ignore lint/suspicious/noExplicitAny: tfjs's functions want the rank in the type
  readonly fn: (...tensors: any[]) => readonly Tensor[];
}

const f = (...shape: number[]) => ["float32", ...shape] as const;
const i = (...shape: number[]) => ["int32", ...shape] as const;
const b = (...shape: number[]) => ["bool", ...shape] as const;

function sample(inputs: Sample["inputs"], fn: Sample["fn"]): Sample {
  return { inputs, fn };
}

/** Operations that can be traced, of every kind that tfjs has. */
export const samples: Readonly<Record<string, Sample>> = {
  arithmetic: sample([f(3, 4), f(4)], (x, y) => [tf.add(x, y), tf.sub(x, y), tf.mul(x, y), tf.div(x, y)]),
  "integer arithmetic": sample([i(6), i(6)], (x, y) => [
    tf.add(x, y),
    tf.mul(x, y),
    tf.maximum(x, y),
    tf.squaredDifference(x, y),
  ]),
  "functions of one number": sample([f(50)], (x) => [
    tf.exp(x),
    tf.tanh(x),
    tf.erf(x),
    tf.relu(x),
    tf.sigmoid(x),
    tf.sign(x),
    tf.floor(x),
    tf.round(x),
  ]),
  "functions of one positive number": sample([f(50)], (x: Tensor) => [
    tf.log(tf.add(tf.abs(x), 1)),
    tf.sqrt(tf.abs(x)),
    tf.rsqrt(tf.add(tf.abs(x), 1)),
  ]),
  powers: sample([f(20), f(20)], (x: Tensor, y: Tensor) => [
    tf.pow(tf.abs(x), y),
    tf.square(x),
    tf.reciprocal(tf.add(2, x)),
  ]),
  "float attributes": sample([f(2, 3, 3, 4)], (x: Tensor4D) => [
    tf.leakyRelu(x, 0.3),
    tf.localResponseNormalization(x, 2, 1.5, 0.5, 0.6),
  ]),
  "bool attributes": sample([f(3, 4), f(3, 5)], (x, y) => [
    tf.matMul(x, y, true, false),
    tf.cumsum(x, 1, true, true),
    tf.sum(x, 1, true),
  ]),
  "int attributes": sample([f(2, 3), f(2, 3)], (x, y) => [tf.stack([x, y], 1), tf.expandDims(x, -1)]),
  "lists of ints": sample([f(1, 6, 6, 2), f(3, 3, 2, 3)], (x: Tensor4D, w: Tensor4D) => [
    tf.conv2d(x, w, [1, 2], "same"),
    tf.maxPool(x, 2, 2, "valid"),
    tf.avgPool(x, 3, 1, "same"),
  ]),
  "string attributes": sample([f(3, 3)], (x: Tensor2D) => [
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      "reflect",
    ),
  ]),
  "depthwise convolution": sample([f(1, 5, 5, 2), f(3, 3, 2, 2)], (x: Tensor4D, w: Tensor4D) => [
    tf.depthwiseConv2d(x, w, 1, "same"),
  ]),
  "transposed convolution": sample([f(1, 3, 3, 2), f(3, 3, 4, 2)], (x: Tensor4D, w: Tensor4D) => [
    tf.conv2dTranspose(x, w, [1, 6, 6, 4], 2, "same"),
  ]),
  casts: sample([f(8), i(8), b(8)], (x, n, flag) => [
    tf.cast(x, "int32"),
    tf.cast(n, "float32"),
    tf.cast(flag, "int32"),
    tf.cast(x, "bool"),
    tf.cast(flag, "float32"),
  ]),
  comparisons: sample([f(8), f(8)], (x, y) => [
    tf.greater(x, y),
    tf.less(x, y),
    tf.equal(x, y),
    tf.notEqual(x, y),
    tf.greaterEqual(x, y),
  ]),
  logic: sample([b(8), b(8)], (x, y) => [
    tf.logicalAnd(x, y),
    tf.logicalOr(x, y),
    tf.logicalNot(x),
    tf.logicalXor(x, y),
    tf.any(x),
    tf.all(y),
  ]),
  choice: sample([b(3, 4), f(3, 4), f(3, 4)], (c, x, y) => [tf.where(c, x, y)]),
  reductions: sample([f(3, 4, 2)], (x) => [
    tf.sum(x),
    tf.mean(x, [0, 2]),
    tf.max(x, 1),
    tf.min(x, -1),
    tf.prod(x, 0),
    tf.logSumExp(x, 1),
  ]),
  "integer reductions": sample([i(3, 4)], (x) => [
    tf.sum(x, 0),
    tf.max(x, 1),
    tf.argMax(x, 1),
    tf.argMin(x, 0),
  ]),
  concat: sample([f(2, 3), f(2, 1), f(2, 2)], (...x) => [tf.concat(x, 1)]),
  split: sample([f(2, 6)], (x) => [...tf.split(x, [1, 2, 3], 1), ...tf.split(x, 3, 1)]),
  unstack: sample([f(2, 3)], (x) => tf.unstack(x, 1)),
  "several outputs": sample([f(3, 5)], (x) => {
    const { values, indices } = tf.topk(x, 2);
    return [values, indices];
  }),
  "batch norm": sample([f(2, 3, 3, 2), f(2), f(2)], (x: Tensor4D, mean: Tensor1D, scale: Tensor1D) => [
    tf.batchNorm4d(x, mean, tf.abs(scale) as Tensor1D, mean, scale, 0.01),
  ]),
  slices: sample([f(4, 5)], (x: Tensor2D) => [
    tf.slice(x, [1, 0], [2, -1]),
    tf.stridedSlice(x, [0, 1], [4, 5], [2, 2]),
    tf.reverse(x, 1),
  ]),
  shapes: sample([f(2, 3, 4)], (x) => [
    tf.reshape(x, [4, 6]),
    tf.transpose(x, [2, 0, 1]),
    tf.squeeze(tf.expandDims(x, 0)),
    tf.tile(x, [1, 2, 1]),
  ]),
  padding: sample([f(2, 3), i(2)], (x: Tensor2D, n: Tensor1D) => [
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      3,
    ),
    tf.pad(n, [[1, 1]]),
  ]),
  "a softmax's logarithm": sample([f(3, 5)], (x) => [tf.logSoftmax(x)]),
  "one hot": sample([f(6)], (x: Tensor) => [tf.oneHot(tf.cast(tf.abs(x), "int32") as Tensor1D, 4)]),
  "space and depth": sample([f(1, 4, 4, 4)], (x: Tensor4D) => [
    tf.depthToSpace(x, 2),
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ]),
  resizing: sample([f(1, 3, 3, 2)], (x: Tensor4D) => [
    tf.image.resizeBilinear(x, [5, 4], true),
    tf.image.resizeNearestNeighbor(x, [6, 6]),
  ]),
  "complex numbers": sample([f(8), f(8)], (x: Tensor1D, y: Tensor1D) => [
    tf.real(tf.fft(tf.complex(x, y))),
    tf.abs(tf.complex(x, y)),
  ]),
  "batched products": sample([f(2, 3, 4), f(2, 4, 5)], (x: Tensor3D, y: Tensor3D) => [tf.matMul(x, y)]),
  gradients: sample([f(3, 4), f(4, 2)], (x: Tensor2D, w: Tensor2D) =>
    tf.grads((a: Tensor, v: Tensor) => tf.sum(tf.square(tf.relu(tf.matMul(a, v)))))([x, w]),
  ),
  "gradient of a convolution": sample([f(1, 5, 5, 2), f(3, 3, 2, 2)], (x: Tensor4D, w: Tensor4D) =>
    tf.grads((a, v) => tf.sum(tf.square(tf.conv2d(a as Tensor4D, v as Tensor4D, 1, "same"))))([x, w]),
  ),
  "constants of every type": sample([f(3), i(3), b(3)], (x, n, flag) => [
    tf.mul(x, tf.tensor1d([1.5, -2, 1e-30])),
    tf.add(n, tf.tensor1d([1, -2, 2 ** 30], "int32")),
    tf.logicalAnd(flag, tf.tensor1d([true, false, true], "bool")),
    tf.mul(x, 3),
    tf.add(n, tf.scalar(7, "int32")),
  ]),
  "nothing but constants": sample([f(1)], () => [
    tf.add(1, 2),
    tf.ones([2, 2]),
    tf.scalar(3, "int32"),
    tf.tensor1d([true], "bool"),
  ]),
};

/** Values of a sample's inputs; NaN and infinities are not among them. */
export function inputsOf({ inputs }: Sample, seed = 0): Tensor[] {
  return inputs.map(([dtype, ...shape], index) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const numbers = Array.from(
      { length: size },
      (_, at) => 3 * Math.sin(12.9898 * (at + 1) + 78.233 * (index + seed)),
    );
    const values = {
      float32: () => numbers,
      int32: () => numbers.map((x) => Math.round(10 * x)),
      bool: () => numbers.map((x) => (x > 0 ? 1 : 0)),
    }[dtype]();
    return tf.tensor(values, [...shape], dtype);
  });
}
