import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { planDevices } from "../../src/runner/schedule/device-slots.js";
import { openEngine } from "../../src/runner/workers/engine.js";
import { blockLength } from "../../src/study/images.js";
import { type CompiledStep, openCompiledStep } from "../../src/study/lanes/compiled-step.js";
import { laneTensor } from "../../src/study/lanes/lane-parameters.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { studyLosses } from "../../src/study/losses.js";
import { toFlatLayout } from "../../src/study/network/flat-layout.js";
import { initialMovingAverages } from "../../src/study/training-state.js";
import { scoped, tf } from "../../src/tensorflow/backend.js";
import {
  type Case,
  fixture,
  type ImageSet,
  imagesOf,
  lossOrder,
  runsOf,
  steps,
  weightsOf,
} from "../../test/helpers/fixture.js";
import { relativeError, stateWith } from "../../test/helpers/training.js";

// Runs in a process of its own: fixture-worker.ts cpu|gpu IMAGES on|off all|quick. Prints FixtureErrors[] as
// JSON.

/** The largest relative errors over the cases of one program. */
export interface FixtureErrors {
  readonly images: ImageSet;
  readonly batchNorm: boolean;
  readonly xla: boolean;
  readonly cases: number;
  readonly losses: number;
  readonly norms: number;
}

const [deviceWord, imagesWord, xlaWord, amount] = process.argv.slice(2);
const device = deviceWord === "gpu" ? "gpu" : "cpu";
const [slot] = (await planDevices(device, undefined)).gpus;
await openEngine({ device, ...slot, xla: "auto", verbose: false, lanes: "auto" });
const withBatchNorm = amount === "quick" ? ([1] as const) : ([0, 1] as const);
const images = imagesWord === "recipe" ? "recipe" : "small";
const programs = withBatchNorm.map((bn) => errorsOf(images, bn, xlaWord === "on"));
process.stdout.write(JSON.stringify(programs));

function errorsOf(images: ImageSet, bn: 0 | 1, xla: boolean): FixtureErrors {
  const cases = fixture.cases.filter((item) => item.images === images && item.bn === bn);
  const rows = rowsOf(images, bn, cases, xla);
  const largest = (shift: number, expected: (item: Case) => readonly number[][]): number =>
    Math.max(
      ...cases.flatMap((item, lane) =>
        Array.from({ length: steps }, (_, step) => {
          const actual = lossOrder.map((name) => rows[step]?.[lane]?.[studyLosses.indexOf(name) + shift]);
          return relativeError(
            actual.map((value) => value ?? Number.NaN),
            expected(item)[step] ?? [],
          );
        }),
      ),
    );
  return {
    images,
    batchNorm: bn === 1,
    xla,
    cases: cases.length,
    losses: largest(0, (item) => item.losses_adam_tf1 ?? item.losses),
    norms: largest(studyLosses.length, (item) => item.norms_adam_tf1 ?? item.norms),
  };
}

/** Trains a program with one lane for every case and returns its rows: [step][lane][column]. */
function rowsOf(images: ImageSet, bn: 0 | 1, cases: readonly Case[], xla: boolean): number[][][] {
  const runs = runsOf(cases);
  const [run] = runs;
  if (run === undefined) {
    throw new Error("the fixture has no such cases");
  }
  const lanes = cases.length;
  const signature = stepSignature(run);
  const training = openCompiledStep(
    { signature, lanes, draws: 1, validationBatch: 1, validationBatches: 1, evaluateWith: "moving" },
    { xla },
  );
  const rows = scoped(() => {
    const state = stateWith(weightsOf(bn), lanes, initialMovingAverages(signature, lanes));
    const given = { parameters: laneTensor(signature, runs), draw: tf.zeros([lanes], "int32") };
    return training.train(state, given, { images: blockOf(training, images) }, 0, steps).rows.arraySync();
  });
  training.close();
  return rows as number[][][];
}

/** Puts the fixture's images into the first rows of a block. */
function blockOf({ network: { layout, imageHalo } }: CompiledStep, images: ImageSet): Tensor {
  const drawn = toFlatLayout(layout, tf.tensor1d(imagesOf(images)), imageHalo);
  const rest = tf.zeros([blockLength(layout) - steps, drawn.shape[1] ?? 0]);
  return tf.expandDims(tf.concat([drawn, rest]), 1);
}
