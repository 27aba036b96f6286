import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../backend.js";
import { type CompileOptions, type NamedType, openCompiledFunction } from "./compiled-function.js";
import { lowerToFunction } from "./lower.js";
import { type RecordStructure, recordStructure, type TensorRecord } from "./tensor-record.js";
import { describeType, dtypes, tensorType } from "./tensor-type.js";
import { type TensorFunction, trace } from "./trace.js";
import { bodyFunction, conditionFunction, scanFunction, type TracedScan } from "./while-graph.js";

/** What a scan takes: three records of tensors, whose names the caller chooses. */
export interface ScanInputs<Carry, Xs, Consts> {
  /** What one iteration passes to the next. */
  readonly carry: Carry;
  /** Of shape [length, ...]: iteration i sees row i of each. At least one, and all of one length. */
  readonly xs: Xs;
  /** What every iteration sees whole. */
  readonly consts: Consts;
}

/** What one iteration returns. */
export interface ScanStep<Carry, Y> {
  /** The carry of the next iteration: the same names, shapes and types as it got. */
  readonly carry: Carry;
  /** What is kept of this iteration. */
  readonly y: Y;
}

/** The result of a scan. */
export interface ScanResult<Carry, Y> {
  readonly carry: Carry;
  /** Of shape [length, ...]: row i is the `y` of iteration i, and 0 where no iteration ran. */
  readonly ys: Y;
}

/** One iteration. `x` has the names of `xs`. */
export type ScanBody<Carry, Xs, Consts, Y> = (carry: Carry, x: Xs, consts: Consts) => ScanStep<Carry, Y>;

/** A compiled scan. */
export interface CompiledScan<Carry, Xs, Consts, Y> {
  /**
   * Runs iterations `first` to `end - 1` in one session call. The caller owns the results.
   * Throws a RangeError if `xs` has no such rows, and an Error if a tensor is missing, unknown, or of another shape or type
   * than its example.
   */
  (inputs: ScanInputs<Carry, Xs, Consts>, first: number, end: number): ScanResult<Carry, Y>;
  /** Frees the session; the scan cannot be called any more. A second call does nothing. */
  dispose(): void;
}

/**
 * Compiles a loop over the rows of some tensors, the loop itself being part of the graph: `jax.lax.scan`, over any range of
 * iterations. Traces `body` once, on the examples; see `compile` for what it may do. Throws if it does not return the carry
 * as it got it.
 */
export function compileScan<
  Carry extends TensorRecord<Carry>,
  Xs extends TensorRecord<Xs>,
  Consts extends TensorRecord<Consts>,
  Y extends TensorRecord<Y>,
>(
  body: ScanBody<Carry, Xs, Consts, Y>,
  examples: ScanInputs<Carry, Xs, Consts>,
  options: CompileOptions = {},
): CompiledScan<Carry, Xs, Consts, Y> {
  const structures: Structures<Carry, Xs, Consts> = {
    carry: recordStructure("the carry of a scan", examples.carry),
    xs: recordStructure("the xs of a scan", examples.xs),
    consts: recordStructure("the consts of a scan", examples.consts),
  };
  const { scan, ys } = traceScan(body, examples, structures);
  const functions = [lowerToFunction(scan.body, "step"), conditionFunction(scan), bodyFunction(scan)];
  const run = openCompiledFunction(
    scanFunction(scan, options.xla ?? false),
    functions,
    inputTypes(scan, structures),
    options,
  );
  const call = (inputs: ScanInputs<Carry, Xs, Consts>, first: number, end: number): ScanResult<Carry, Y> => {
    checkRange(first, end, scan.length);
    const tensors = flattenInputs(structures, inputs);
    const bounds = [tf.scalar(first, "int32"), tf.scalar(end, "int32")];
    try {
      const results = run(...bounds, ...tensors);
      return {
        carry: structures.carry.unflatten(results.slice(0, scan.carry.length)),
        ys: ys.unflatten(results.slice(scan.carry.length)),
      };
    } finally {
      tf.dispose(bounds);
    }
  };
  return Object.assign(call, { dispose: run.dispose });
}

interface Structures<Carry, Xs, Consts> {
  readonly carry: RecordStructure<Carry>;
  readonly xs: RecordStructure<Xs>;
  readonly consts: RecordStructure<Consts>;
}

function flattenInputs<Carry, Xs, Consts>(
  structures: Structures<Carry, Xs, Consts>,
  { carry, xs, consts }: ScanInputs<Carry, Xs, Consts>,
): Tensor[] {
  return [
    ...structures.carry.flatten(carry),
    ...structures.xs.flatten(xs),
    ...structures.consts.flatten(consts),
  ];
}

/** Traces one iteration. Also returns the structure of what it emits, which is known only then. */
function traceScan<Carry, Xs, Consts, Y extends TensorRecord<Y>>(
  body: ScanBody<Carry, Xs, Consts, Y>,
  examples: ScanInputs<Carry, Xs, Consts>,
  structures: Structures<Carry, Xs, Consts>,
): { readonly scan: TracedScan; readonly ys: RecordStructure<Y> } {
  const carry = structures.carry.flatten(examples.carry);
  const xs = structures.xs.flatten(examples.xs);
  const consts = structures.consts.flatten(examples.consts);
  const length = lengthOf(xs);
  let ys: RecordStructure<Y> | undefined;
  const flatBody: TensorFunction = (...tensors) => {
    const result = body(
      structures.carry.unflatten(tensors.slice(0, carry.length)),
      structures.xs.unflatten(tensors.slice(carry.length, carry.length + xs.length)),
      structures.consts.unflatten(tensors.slice(carry.length + xs.length)),
    );
    ys = recordStructure("the ys of a scan", result.y);
    return [...structures.carry.flatten(result.carry), ...ys.flatten(result.y)];
  };
  const rows = xs.map((x) => tf.tidy(() => tf.squeeze(tf.slice(x, 0, 1), [0])));
  try {
    const traced = trace(flatBody, [...carry, ...rows, ...consts]);
    if (ys === undefined) {
      throw new Error("the body of a scan was not traced");
    }
    const scan = {
      body: traced,
      length,
      carry: carry.map(tensorType),
      xs: xs.map(tensorType),
      consts: consts.map(tensorType),
      ys: traced.results.slice(carry.length),
    };
    checkCarry(scan, structures.carry.paths);
    return { scan, ys };
  } finally {
    tf.dispose(rows);
  }
}

/** Returns the types of the scan's inputs in their order, each with its name for messages. */
function inputTypes<Carry, Xs, Consts>(
  scan: TracedScan,
  structures: Structures<Carry, Xs, Consts>,
): NamedType[] {
  const bound = { dtype: dtypes.int32, shape: [] };
  const named = (part: "carry" | "xs" | "consts"): NamedType[] =>
    scan[part].map((type, index) => ({ ...type, name: `${part}.${structures[part].paths[index]}` }));
  return [
    { ...bound, name: "first" },
    { ...bound, name: "end" },
    ...named("carry"),
    ...named("xs"),
    ...named("consts"),
  ];
}

function lengthOf(xs: readonly Tensor[]): number {
  const [length, ...others] = new Set(xs.map(({ shape }) => shape[0]));
  if (length === undefined || others.length > 0) {
    throw new Error("a scan needs at least one tensor of xs, and all of one length");
  }
  return length;
}

/** XLA would take the last row for any beyond it. */
function checkRange(first: number, end: number, length: number): void {
  if (![first, end].every(Number.isInteger) || first < 0 || end > length || first > end) {
    throw new RangeError(`a scan over ${length} rows cannot run from ${first} to ${end}`);
  }
}

function checkCarry({ body, carry }: TracedScan, paths: readonly string[]): void {
  for (const [index, before] of carry.entries()) {
    const after = body.results[index];
    if (after === undefined || describeType(after) !== describeType(before)) {
      throw new Error(
        `the body of a scan must return its carry as it got it: "${paths[index]}" is ${describeType(before)} and comes back as ${after === undefined ? "nothing" : describeType(after)}`,
      );
    }
  }
}
