import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../backend.js";

/**
 * A record of tensors, whose values may be records, and arrays of records, in turn: a pytree, as JAX calls it. Absent
 * tensors are undefined. It is used as a constraint, `T extends TensorRecord<T>`, which interfaces fulfill too.
 */
export type TensorRecord<T> = {
  readonly [K in keyof T]: T[K] extends Tensor | undefined
    ? T[K]
    : T[K] extends object
      ? TensorRecord<T[K]>
      : never;
};

/** A tensor of a record and its path in it, such as `moving.0.mean`. */
export interface RecordLeaf {
  readonly path: string;
  readonly tensor: Tensor;
}

/** All that a record's structure follows from. JSON holds it. */
export interface RecordLayout {
  readonly paths: readonly string[];
  readonly skeleton: Skeleton;
}

/** The structure of a record, by which records become lists of tensors and lists become records. */
export interface RecordStructure<T> {
  /** The paths of the tensors, in the order of the example. */
  readonly paths: readonly string[];
  readonly layout: RecordLayout;
  /** Lists a record's tensors in the order of `paths`, whatever the order of its own keys. Throws if it has other paths. */
  flatten(record: T): Tensor[];
  /** Builds a record from tensors in the order of `paths`. Throws if there are fewer. */
  unflatten(tensors: readonly Tensor[]): T;
}

/** Lists the tensors of a record, depth first, in the order of its keys. Throws if a value is no tensor and no record. */
export function recordLeaves<T extends TensorRecord<T>>(record: T): RecordLeaf[] {
  return leavesOf(record, "");
}

/** Returns the structure of a record. `name` names the record in messages. */
export function recordStructure<T extends TensorRecord<T>>(name: string, example: T): RecordStructure<T> {
  const paths = recordLeaves(example).map(({ path }) => path);
  return structureOf(name, { paths, skeleton: skeletonOf(example, countingFrom(0)) });
}

/** Returns the structure of the records of a layout. `name` names the record in messages. */
export function structureOf<T extends TensorRecord<T>>(
  name: string,
  layout: RecordLayout,
): RecordStructure<T> {
  const { paths, skeleton } = layout;
  return {
    paths,
    layout,
    flatten(record) {
      const found = new Map(leavesOf(record, "").map(({ path, tensor }) => [path, tensor]));
      const surplus = [...found.keys()].find((path) => !paths.includes(path));
      if (surplus !== undefined) {
        throw new Error(`${name} has no tensor "${surplus}"; it has ${listed(paths)}`);
      }
      return paths.map((path) => {
        const tensor = found.get(path);
        if (tensor === undefined) {
          throw new Error(`${name} lacks its tensor "${path}"; it has ${listed([...found.keys()])}`);
        }
        return tensor;
      });
    },
    unflatten: (tensors) => build(skeleton, tensors) as T,
  };
}

/** Frees every tensor of some records. */
export function disposeRecords(...records: readonly object[]): void {
  // tfjs's type for nested tensors excludes interfaces; the function itself takes any object.
  tf.dispose(records as never);
}

/** Runs `fn` and frees every tensor made meanwhile but those of the record that it returns; if it throws, all of them. */
export function tidyRecord<T extends TensorRecord<T>>(fn: () => T): T {
  return tf.tidy(fn as never) as T;
}

/** A record with the tensors' places in the list instead of the tensors, and null for those that are absent. */
type Skeleton = number | null | readonly Skeleton[] | { readonly [key: string]: Skeleton };

function leavesOf(value: unknown, path: string): RecordLeaf[] {
  if (value === undefined) {
    return [];
  }
  if (value instanceof tf.Tensor) {
    return [{ path, tensor: value }];
  }
  if (typeof value !== "object" || value === null) {
    throw new Error(`a record of tensors holds ${String(value)} at "${path}"`);
  }
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path === "" ? key : `${path}.${key}`));
}

function skeletonOf(value: unknown, next: () => number): Skeleton {
  if (value === undefined) {
    return null;
  }
  if (value instanceof tf.Tensor) {
    return next();
  }
  if (Array.isArray(value)) {
    return value.map((item) => skeletonOf(item, next));
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([key, item]) => [key, skeletonOf(item, next)]),
  );
}

function build(skeleton: Skeleton, tensors: readonly Tensor[]): unknown {
  if (typeof skeleton === "number") {
    const tensor = tensors[skeleton];
    if (tensor === undefined) {
      throw new Error(`a record of tensors needs more than ${tensors.length} of them`);
    }
    return tensor;
  }
  if (skeleton === null) {
    return undefined;
  }
  if (Array.isArray(skeleton)) {
    return skeleton.map((item) => build(item, tensors));
  }
  return Object.fromEntries(Object.entries(skeleton).map(([key, item]) => [key, build(item, tensors)]));
}

function countingFrom(first: number): () => number {
  let next = first;
  return () => next++;
}

function listed(paths: readonly string[]): string {
  return paths.length === 0 ? "none" : paths.map((path) => `"${path}"`).join(", ");
}
