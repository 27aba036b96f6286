import assert from "node:assert/strict";
import { after, test } from "node:test";
import { stepSignature } from "../../../src/study/lanes/step-signature.js";
import { initialParameters } from "../../../src/study/network/initial-weights.js";
import { streamSeed } from "../../../src/study/random.js";
import type { NamedArray } from "../../../src/study/training.js";
import { loadTensorFlow, scoped } from "../../../src/tensorflow/index.js";
import { chunksOf, openSmallTrainer, smallRun, snapshotContents } from "../../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

const trainer = openSmallTrainer(2);
after(() => trainer.close());

/** Returns the numbers of one moment's variables, without moving averages, one after the other. */
function parametersAt(moment: string, weights: readonly NamedArray[]): number[] {
  return weights
    .filter(({ name }) => name.startsWith(`${moment}.`) && !name.includes("moving"))
    .flatMap(({ values }) => [...values]);
}

test("The weights of a run are those before its first step and those after its last", () => {
  const runs = [
    smallRun({ batchNorm: true }),
    smallRun({ batchNorm: true, loss: "dice" }, { repetition: 1 }),
  ];
  const session = trainer.train(runs);
  for (const _ of chunksOf(session)) {
    // To the end.
  }
  for (const [index, run] of runs.entries()) {
    const weights = session.weights(index);
    const { parameters, moving } = snapshotContents(session.snapshot(index));
    const first = scoped(() => [
      ...initialParameters(stepSignature(run), [
        { stream: streamSeed(1, run.repetition, "weights"), kink: 0 },
      ]).dataSync(),
    ]);
    assert.deepEqual(parametersAt("initial", weights), first);
    assert.deepEqual(parametersAt("final", weights), [...parameters]);
    assert.notDeepEqual(parametersAt("final", weights), first);
    const variance = weights.find(({ name }) => name === "final.conv2.moving_variance");
    assert.deepEqual([...(variance?.values ?? [])], [...(moving[1]?.variance ?? [])]);
  }
  session.close();
});

test("Weights are named by moment, layer and kind, with the shapes of the network", () => {
  const session = trainer.train([smallRun({ batchNorm: true })]);
  const named = session.weights(0).map(({ name, shape, values }) => {
    assert.equal(
      values.length,
      shape.reduce((product, length) => product * length, 1),
      name,
    );
    return `${name} ${shape.join("x")}`;
  });
  session.close();
  const ofMoment = (moment: string): string[] =>
    [
      ...["conv1.weights 3x3x1x4", "conv1.gamma 4", "conv1.beta 4"],
      ...["conv2.weights 3x3x4x4", "conv2.gamma 4", "conv2.beta 4"],
      ...["head.weights 4x2", "head.bias 2"],
      ...["conv1.moving_mean 4", "conv1.moving_variance 4", "conv2.moving_mean 4", "conv2.moving_variance 4"],
    ].map((name) => `${moment}.${name}`);
  assert.deepEqual(named, [...ofMoment("initial"), ...ofMoment("final")]);
});
