import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../backend.js";
import { type CompileOptions, describeType, openCompiledFunction } from "./compiled-function.js";
import { lowerToFunction } from "./lower.js";
import { type TensorFunction, type Trace, tensorType, trace } from "./trace.js";
import { bodyFunction, conditionFunction, scanFunction, type TracedScan } from "./while-graph.js";

/** The tensors of a loop, by the part that they play. */
export interface ScanInputs {
  /** What one iteration hands to the next. */
  readonly carried: readonly Tensor[];
  /** Of shape [length, ...]: iteration i sees row i of each. All of one length. */
  readonly sequences: readonly Tensor[];
  /** What every iteration sees. */
  readonly constants: readonly Tensor[];
}

export interface ScanResult {
  readonly carried: Tensor[];
  /** Of shape [length, ...]: row i is what iteration i emitted, 0 where it did not run. */
  readonly emitted: Tensor[];
}

/** One iteration. Its `carried` must keep their number, shapes and types. */
export type ScanBody = (
  carried: readonly Tensor[],
  items: readonly Tensor[],
  constants: readonly Tensor[],
) => { readonly carried: readonly Tensor[]; readonly emitted: readonly Tensor[] };

/** A compiled loop. */
export interface CompiledScan {
  /**
   * Runs the iterations from `first` up to and without `end`, in one session call. The caller owns the results.
   * Throws a RangeError if the sequences have no such rows.
   */
  (inputs: ScanInputs, first: number, end: number): ScanResult;
  /** Frees the session. */
  dispose(): void;
}

/**
 * Compiles a loop over the rows of some tensors, the loop itself inside the graph: what lax.scan is in JAX.
 * `body` is recorded once on the examples; see `compile` for what it may do. Throws if it changes what is carried.
 */
export function compileScan(
  body: ScanBody,
  examples: ScanInputs,
  options: CompileOptions = {},
): CompiledScan {
  const loop = recordBody(body, examples);
  const first = tf.scalar(0, "int32");
  const outer = [first, first, ...flatten(examples)].map(tensorType);
  first.dispose();
  const functions = [lowerToFunction(loop.step, "step"), conditionFunction(loop), bodyFunction(loop)];
  const program = openCompiledFunction(scanFunction(loop, options.xla ?? false), functions, outer, options);
  const call = (inputs: ScanInputs, from: number, to: number): ScanResult => {
    checkRange(from, to, loop.length);
    const bounds = [tf.scalar(from, "int32"), tf.scalar(to, "int32")];
    try {
      const results = program(...bounds, ...flatten(inputs));
      return { carried: results.slice(0, loop.carried.length), emitted: results.slice(loop.carried.length) };
    } finally {
      tf.dispose(bounds);
    }
  };
  return Object.assign(call, { dispose: program.dispose });
}

function flatten({ carried, sequences, constants }: ScanInputs): Tensor[] {
  return [...carried, ...sequences, ...constants];
}

function recordBody(body: ScanBody, examples: ScanInputs): TracedScan {
  const { carried, sequences, constants } = examples;
  const length = lengthOf(sequences);
  const items = sequences.map((sequence) => tf.tidy(() => tf.squeeze(tf.slice(sequence, 0, 1), [0])));
  const recorded: TensorFunction = (...tensors) => {
    const result = body(
      tensors.slice(0, carried.length),
      tensors.slice(carried.length, carried.length + items.length),
      tensors.slice(carried.length + items.length),
    );
    checkCount(carried.length, result.carried.length);
    return [...result.carried, ...result.emitted];
  };
  let step: Trace;
  try {
    step = trace(recorded, [...carried, ...items, ...constants]);
  } finally {
    tf.dispose(items);
  }
  const loop = {
    step,
    length,
    carried: carried.map(tensorType),
    sequences: sequences.map(tensorType),
    constants: constants.map(tensorType),
    emitted: step.results.slice(carried.length),
  };
  checkCarried(loop);
  return loop;
}

function lengthOf(sequences: readonly Tensor[]): number {
  const [length, ...others] = new Set(sequences.map(({ shape }) => shape[0]));
  if (length === undefined || others.length > 0) {
    throw new Error("a loop needs at least one sequence, and all of one length");
  }
  return length;
}

// XLA would take the last row for any beyond it.
function checkRange(from: number, to: number, length: number): void {
  const rows = [from, to].every(Number.isInteger) && from >= 0 && to <= length && from <= to;
  if (!rows) {
    throw new RangeError(`a loop over ${length} rows cannot run from ${from} to ${to}`);
  }
}

function checkCount(before: number, after: number): void {
  if (after !== before) {
    throw new Error(
      `a loop's body must give back what is carried: it got ${before} tensors and gave ${after}`,
    );
  }
}

function checkCarried({ step, carried }: TracedScan): void {
  for (const [index, before] of carried.entries()) {
    const after = step.results[index];
    if (after === undefined || after.dtype !== before.dtype || String(after.shape) !== String(before.shape)) {
      throw new Error(
        `a loop's body must give back what is carried as it got it: value ${index} is ${describeType(before)} and comes back as ${after === undefined ? "nothing" : describeType(after)}`,
      );
    }
  }
}
