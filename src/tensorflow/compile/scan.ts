import { scoped, tf } from "../backend.js";
import { type GraphStore, graphPath, readGraph, type StoredGraph, writeGraph } from "../store/graph-store.js";
import { type CompileOptions, openCompiledFunction } from "./compiled-function.js";
import { type ScanBody, type ScanFacts, type ScanInputs, scanRecords, traceScan } from "./scan-graph.js";
import { structureOf, type TensorRecord } from "./tensor-record.js";

export type { ScanBody, ScanInputs, ScanStep } from "./scan-graph.js";

/** The result of a scan. */
export interface ScanResult<Carry, Y> {
  readonly carry: Carry;
  /** Of shape [length, ...]: row i is the `y` of iteration i, and 0 where no iteration ran. */
  readonly ys: Y;
}

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

/** How a scan is compiled. */
export interface ScanOptions extends CompileOptions {
  /** Stores the graph on disk, for processes that compile the same scan later. By default it is not stored. */
  readonly store?: GraphStore;
}

/**
 * Compiles a loop over the rows of some tensors, the loop itself being part of the graph: `jax.lax.scan`, over any range of
 * iterations. Traces `body` once, on the examples; see `compile` for what it may do. If `options.store` has the graph,
 * neither `body` nor a function that makes the examples is called. Throws if `body` does not return the carry as it got it.
 */
export function compileScan<
  Carry extends TensorRecord<Carry>,
  Xs extends TensorRecord<Xs>,
  Consts extends TensorRecord<Consts>,
  Y extends TensorRecord<Y>,
>(
  body: ScanBody<Carry, Xs, Consts, Y>,
  examples: ScanInputs<Carry, Xs, Consts> | (() => ScanInputs<Carry, Xs, Consts>),
  options: ScanOptions = {},
): CompiledScan<Carry, Xs, Consts, Y> {
  const { xla = false, store } = options;
  const path = store && graphPath(store, xla);
  const stored = path === undefined ? undefined : readGraph<ScanFacts>(path);
  if (stored !== undefined) {
    try {
      return openScan(stored);
    } catch {
      // TensorFlow does not accept it: it is traced again and replaced.
    }
  }
  const traced = scoped(() =>
    traceScan(body, typeof examples === "function" ? examples() : examples, options),
  );
  const scan = openScan<Carry, Xs, Consts, Y>(traced);
  if (path !== undefined) {
    writeGraph(path, traced);
  }
  return scan;
}

function openScan<
  Carry extends TensorRecord<Carry>,
  Xs extends TensorRecord<Xs>,
  Consts extends TensorRecord<Consts>,
  Y extends TensorRecord<Y>,
>({ facts, model }: StoredGraph<ScanFacts>): CompiledScan<Carry, Xs, Consts, Y> {
  const { length } = facts;
  const carry = structureOf<Carry>(scanRecords.carry, facts.carry);
  const xs = structureOf<Xs>(scanRecords.xs, facts.xs);
  const consts = structureOf<Consts>(scanRecords.consts, facts.consts);
  const ys = structureOf<Y>(scanRecords.ys, facts.ys);
  const run = openCompiledFunction({ ...facts, model });
  const call = (given: ScanInputs<Carry, Xs, Consts>, first: number, end: number): ScanResult<Carry, Y> => {
    checkRange(first, end, length);
    const tensors = [...carry.flatten(given.carry), ...xs.flatten(given.xs), ...consts.flatten(given.consts)];
    const bounds = [tf.scalar(first, "int32"), tf.scalar(end, "int32")];
    try {
      const values = run(...bounds, ...tensors);
      const carried = carry.paths.length;
      return { carry: carry.unflatten(values.slice(0, carried)), ys: ys.unflatten(values.slice(carried)) };
    } finally {
      tf.dispose(bounds);
    }
  };
  return Object.assign(call, { dispose: run.dispose });
}

/** XLA would take the last row for any beyond it. */
function checkRange(first: number, end: number, length: number): void {
  if (![first, end].every(Number.isInteger) || first < 0 || end > length || first > end) {
    throw new RangeError(`a scan over ${length} rows cannot run from ${first} to ${end}`);
  }
}
