import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { relu, softmax } from "../../../src/study/network/activations.js";
import { batchNorm } from "../../../src/study/network/batch-norm.js";
import { conv3x3 } from "../../../src/study/network/conv3x3.js";
import {
  crop,
  flatLayout,
  type MaskedLayout,
  pixelMask,
  type Strip,
} from "../../../src/study/network/flat-layout.js";
import { head } from "../../../src/study/network/head.js";
import { imageConv3x3 } from "../../../src/study/network/image-conv3x3.js";
import { type Layer, sequential, type VariableKind } from "../../../src/study/network/layer.js";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/index.js";
import { randomSample } from "../../helpers/mersenne-twister.js";
import { errorOfLargest, relativeError } from "../../helpers/training.js";

// Every layer's backward function against TensorFlow's own derivatives of its forward pass.

await loadTensorFlow({ threads: 1 });

const layout = flatLayout(2, 4);
const { kernelReach } = layout;
const grid: MaskedLayout = { layout, mask: (halo) => pixelMask(layout, halo) };
const [lanes, losses, inputs, outputs] = [2, 3, 2, 3];

/** The halo of a layer's input, and of the gradient at its output. */
const [inputHalo, gradientHalo] = [3 * kernelReach, kernelReach];

type Variables = Readonly<Partial<Record<VariableKind, Tensor>>>;

/** Uniform numbers in [-1, 1). */
function uniform(seed: number, shape: readonly number[]): Tensor {
  const next = randomSample(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => 2 * next() - 1),
    [...shape],
  );
}

/** Uniform numbers at pixels, 0 elsewhere. */
function uniformStrip(seed: number, shape: readonly number[], halo: number): Strip {
  const values = uniform(seed, [...shape, layout.length + 2 * halo]);
  return { values: tf.mul(values, grid.mask(halo)), halo };
}

/**
 * Holds a layer's backward function against the derivatives of sum(output x gradient), of each lane and loss.
 * @param channels of input and output
 * @param differentiated the same layer, where TensorFlow cannot differentiate how it is written
 */
function checkBackward(
  layerWith: (variables: Variables) => Layer,
  variables: Variables,
  channels: { readonly inputs: number; readonly outputs: number },
  passesBack = true,
  differentiated = layerWith,
): void {
  const input = uniformStrip(1, [lanes, channels.inputs], inputHalo);
  const gradient = uniformStrip(2, [lanes, losses, channels.outputs], gradientHalo);
  const { backward } = layerWith(variables)(input);
  const got = backward(gradient);
  const kinds = Object.keys(variables) as VariableKind[];
  for (let lane = 0; lane < lanes; lane++) {
    for (let loss = 0; loss < losses; loss++) {
      const weights = tf.slice(gradient.values, [lane, loss, 0, 0], [1, 1, -1, -1]).squeeze([0, 1]);
      const product = (values: Tensor, ...given: Tensor[]): Tensor => {
        const named = Object.fromEntries(kinds.map((kind, index) => [kind, given[index]]));
        const { output } = differentiated(named)({ values, halo: inputHalo });
        const ofLane = tf.slice(crop(output, gradientHalo), [lane, 0, 0], [1, -1, -1]).squeeze([0]);
        return tf.sum(tf.mul(ofLane, weights));
      };
      const [byInput, ...byVariables] = tf.grads(product)([
        input.values,
        ...kinds.map((kind) => variables[kind] ?? assert.fail()),
      ]);
      for (const [index, kind] of kinds.entries()) {
        compare(part(got.variables[kind], lane, loss), byVariables[index]?.slice(lane, 1), kind);
      }
      if (passesBack) {
        const { values, halo } = got.input ?? assert.fail("no gradient of the input");
        const wanted = crop({ values: (byInput ?? assert.fail()).slice(lane, 1), halo: inputHalo }, halo);
        // Outside of pixels the input is constant, whatever its gradient there.
        compare(tf.mul(part(values, lane, loss), grid.mask(halo)), tf.mul(wanted, grid.mask(halo)), "input");
      } else {
        assert.equal(got.input, undefined);
      }
    }
  }
}

function part(tensor: Tensor | undefined, lane: number, loss: number): Tensor {
  const given = tensor ?? assert.fail("a gradient is missing");
  return given.slice([lane, loss], [1, 1]);
}

function compare(got: Tensor, wanted: Tensor | undefined, what: string): void {
  const error = errorOfLargest(got.dataSync(), (wanted ?? assert.fail()).dataSync());
  assert.ok(error < 1e-5, `${what}: ${error} of the largest off`);
}

const given = (variables: Variables, kind: VariableKind): Tensor => variables[kind] ?? assert.fail(kind);

test("The backward function of a 3x3 convolution is its derivative", () => {
  scoped(() => {
    const variables = {
      weights: uniform(3, [lanes, 3, 3, inputs, outputs]),
      bias: uniform(4, [lanes, outputs]),
    };
    checkBackward((v) => conv3x3(grid, given(v, "weights"), given(v, "bias")), variables, {
      inputs,
      outputs,
    });
  });
});

test("The backward function of the image's convolution is its derivative and passes nothing back", () => {
  scoped(() => {
    const variables = { weights: uniform(3, [lanes, 3, 3, 1, outputs]), bias: uniform(4, [lanes, outputs]) };
    checkBackward(
      (v) => imageConv3x3(grid, given(v, "weights"), given(v, "bias")),
      variables,
      { inputs: 1, outputs },
      false,
    );
  });
});

test("The backward function of the head is its derivative", () => {
  scoped(() => {
    const variables = { weights: uniform(3, [lanes, inputs, 2]), bias: uniform(4, [lanes, 2]) };
    checkBackward((v) => head(given(v, "weights"), given(v, "bias")), variables, { inputs, outputs: 1 });
  });
});

test("The backward function of batch norm is its derivative, through the moments too", () => {
  scoped(() => {
    const variables = { gamma: uniform(3, [lanes, inputs]), beta: uniform(4, [lanes, inputs]) };
    checkBackward((v) => batchNorm(grid, given(v, "gamma"), given(v, "beta")), variables, {
      inputs,
      outputs: inputs,
    });
  });
});

/** ReLU as TensorFlow has it. */
const plainRelu: Layer = ({ values, halo }) => ({
  output: { values: tf.mul(tf.relu(values), grid.mask(halo)), halo },
  moments: [],
  backward: () => assert.fail("not called"),
});

for (const followsBatchNorm of [false, true]) {
  const layer = relu(grid, followsBatchNorm);

  test(`The backward functions of ReLU and of layers in sequence are their derivatives, batch norm ${followsBatchNorm}`, () => {
    scoped(() => {
      const channels = { inputs, outputs: inputs };
      checkBackward(
        () => layer,
        {},
        channels,
        true,
        () => plainRelu,
      );
      const variables = { weights: uniform(3, [lanes, inputs, 2]), bias: uniform(4, [lanes, 2]) };
      const above = (v: Variables): Layer => head(given(v, "weights"), given(v, "bias"));
      checkBackward(
        (v) => sequential([layer, above(v)]),
        variables,
        { inputs, outputs: 1 },
        true,
        (v) => sequential([plainRelu, above(v)]),
      );
    });
  });
}

test("ReLU passes what is above 0, at pixels, and NaN", () => {
  scoped(() => {
    const infinity = Number.POSITIVE_INFINITY;
    const some = [Number.NaN, -infinity, infinity, -1, -0, 0, 1e-30, 2];
    const positions = layout.length + 2 * kernelReach;
    const values = tf.tensor3d(
      Array.from({ length: positions }, (_, at) => some[at % some.length] ?? 0),
      [1, 1, positions],
    );
    const strip = { values, halo: kernelReach };
    const passed = (layer: Layer): number[] =>
      // +0 and -0 are one value here.
      [...tf.where(tf.greater(grid.mask(kernelReach), 0), layer(strip).output.values, 0).dataSync()].map(
        (value) => (value === 0 ? 0 : value),
      );
    assert.deepEqual(passed(relu(grid)), passed(plainRelu));
  });
});

test("A layer above one that passes no gradient back is refused", () => {
  scoped(() => {
    const image = uniformStrip(1, [lanes, 1], inputHalo);
    const layer = sequential([
      relu(grid),
      imageConv3x3(grid, uniform(3, [lanes, 3, 3, 1, outputs]), undefined),
    ]);
    const { backward } = layer(image);
    assert.throws(() => backward(uniformStrip(2, [lanes, losses, outputs], gradientHalo)), /first layer/);
  });
});

test("Softmax is finite and correct for large differences of the logits", () => {
  const values = scoped(() => {
    const difference = tf.tensor3d([[[-2000, 2000, Math.log(3), 1, -20, 0]]]);
    return [...softmax(difference).probabilities.dataSync()];
  });
  const wanted = [-2000, 2000, Math.log(3), 1, -20, 0].map((d) => 1 / (1 + Math.exp(-d)));
  const error = relativeError(values, [...wanted.map((p) => 1 - p), ...wanted], 1e-12);
  assert.ok(error < 1e-5, `${error} off`);
});

test("The backward function of softmax is its derivative at pixels and 0 elsewhere", () => {
  scoped(() => {
    const { values: difference, halo } = uniformStrip(1, [lanes, 1], 0);
    const lossGradients = tf.unstack(uniformStrip(2, [losses, lanes, 2], halo).values);
    const got = softmax(difference).backward(lossGradients, grid.mask(halo));
    for (const [loss, ofLoss] of lossGradients.entries()) {
      const probabilities = (d: Tensor): Tensor => tf.concat([tf.sigmoid(tf.neg(d)), tf.sigmoid(d)], 1);
      const wanted = tf.grad((d) => tf.sum(tf.mul(probabilities(d), ofLoss)))(difference);
      compare(tf.slice(got, [0, loss], [-1, 1]), wanted, `loss ${loss}`);
    }
    const outside = tf.mul(got, tf.sub(1, grid.mask(halo)));
    assert.equal(tf.max(tf.abs(outside)).dataSync()[0], 0);
  });
});
