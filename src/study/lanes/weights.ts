// What --save-weights keeps, apart from snapshots: those hold all that training needs, by the names that it
// uses.

import { disposeRecords, tidyRecord } from "../../tensorflow/index.js";
import { layerNames, sizeOf, variablesOf } from "../network/architecture.js";
import type { Run } from "../run.js";
import { initialState } from "../training-state.js";
import { initialWeightsOf } from "./lane-parameters.js";
import { type NamedArray, type Snapshot, takeSnapshot } from "./snapshot.js";
import type { StepSignature } from "./step-signature.js";

/**
 * Returns a run's weights before its first step, named `initial.conv1.weights` and so on, and those in a
 * snapshot, named `final.conv1.weights`; with batch norm its moving averages too, such as
 * `final.conv1.moving_mean`.
 */
export function runWeights(run: Run, signature: StepSignature, snapshot: Snapshot): NamedArray[] {
  const state = tidyRecord(() => initialState(signature, [initialWeightsOf(run)]));
  const initial = takeSnapshot(state, 0, 0);
  disposeRecords(state);
  return [...namedWeights("initial", signature, initial), ...namedWeights("final", signature, snapshot)];
}

function namedWeights(moment: string, signature: StepSignature, { tensors }: Snapshot): NamedArray[] {
  const named = (name: string): NamedArray => {
    const tensor = tensors.find((candidate) => candidate.name === name);
    if (tensor === undefined) {
      throw new Error(`the snapshot has no ${name}`);
    }
    return tensor;
  };
  const { values } = named("parameters");
  let begin = 0;
  const variables = variablesOf(signature).map((variable) => {
    const { layer, kind, shape } = variable;
    const end = begin + sizeOf(variable);
    const part = { name: `${moment}.${layer}.${kind}`, shape, values: values.slice(begin, end) };
    begin = end;
    return part;
  });
  const normalized = signature.batchNorm ? layerNames(signature).slice(0, signature.convLayers) : [];
  const moving = normalized.flatMap((layer, index) =>
    (["mean", "variance"] as const).map((kind) => ({
      ...named(`moving.${index}.${kind}`),
      name: `${moment}.${layer}.moving_${kind}`,
    })),
  );
  return [...variables, ...moving];
}
