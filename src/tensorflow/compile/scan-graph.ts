import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../backend.js";
import type { StoredGraph } from "../store/graph-store.js";
import {
  type CompileOptions,
  encodeFunction,
  type FunctionModel,
  type NamedType,
} from "./compiled-function.js";
import { lowerToFunction } from "./lower.js";
import { optimizeForXla } from "./passes/passes.js";
import {
  type RecordLayout,
  type RecordStructure,
  recordStructure,
  type TensorRecord,
} from "./tensor-record.js";
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

/** One iteration. `x` has the names of `xs`. */
export type ScanBody<Carry, Xs, Consts, Y> = (carry: Carry, x: Xs, consts: Consts) => ScanStep<Carry, Y>;

/** What has to be known of a scan beside its graph to call it. JSON holds it. */
export interface ScanFacts extends Omit<FunctionModel, "model"> {
  readonly length: number;
  readonly carry: RecordLayout;
  readonly xs: RecordLayout;
  readonly consts: RecordLayout;
  readonly ys: RecordLayout;
}

/** The names of its records in messages. */
export const scanRecords = {
  carry: "the carry of a scan",
  xs: "the xs of a scan",
  consts: "the consts of a scan",
  ys: "the ys of a scan",
} as const;

/** Traces one iteration of a scan and makes the graph of the loop around it. Throws what `trace` throws. */
export function traceScan<
  Carry extends TensorRecord<Carry>,
  Xs extends TensorRecord<Xs>,
  Consts extends TensorRecord<Consts>,
  Y extends TensorRecord<Y>,
>(
  body: ScanBody<Carry, Xs, Consts, Y>,
  examples: ScanInputs<Carry, Xs, Consts>,
  options: CompileOptions,
): StoredGraph<ScanFacts> {
  const structures: Structures<Carry, Xs, Consts> = {
    carry: recordStructure(scanRecords.carry, examples.carry),
    xs: recordStructure(scanRecords.xs, examples.xs),
    consts: recordStructure(scanRecords.consts, examples.consts),
  };
  const { scan, ys } = traceIteration(body, examples, structures);
  const iteration = options.xla ? optimizeForXla(scan.body) : scan.body;
  const functions = [lowerToFunction(iteration, "step"), conditionFunction(scan), bodyFunction(scan)];
  const main = scanFunction(scan, options.xla ?? false);
  const { model, ...encoded } = encodeFunction(main, functions, inputTypes(scan, structures), options);
  const facts = {
    length: scan.length,
    carry: structures.carry.layout,
    xs: structures.xs.layout,
    consts: structures.consts.layout,
    ys: ys.layout,
    ...encoded,
  };
  return { facts, model };
}

interface Structures<Carry, Xs, Consts> {
  readonly carry: RecordStructure<Carry>;
  readonly xs: RecordStructure<Xs>;
  readonly consts: RecordStructure<Consts>;
}

/** Traces one iteration. Also returns the structure of what it emits, which is known only then. */
function traceIteration<Carry, Xs, Consts, Y extends TensorRecord<Y>>(
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
    ys = recordStructure(scanRecords.ys, result.y);
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
