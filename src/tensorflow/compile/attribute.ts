/** The kinds of attributes by their numbers, TF_AttrType in TensorFlow's C API. */
const kinds = ["string", "int", "float", "bool", "type", "shape"] as const;

/** An attribute as tfjs-node's kernels pass it. */
export interface EagerAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** An attribute of a graph's node: one value or a list of values of one kind. */
export type Attribute =
  | { readonly kind: "string"; readonly value: string | readonly string[] }
  | { readonly kind: "int" | "float" | "type"; readonly value: number | readonly number[] }
  | { readonly kind: "bool"; readonly value: boolean | readonly boolean[] }
  | { readonly kind: "shape"; readonly value: Shape | readonly Shape[] }
  | { readonly kind: "tensor"; readonly value: Constant }
  | { readonly kind: "function"; readonly value: string };

/** The shape of a value; `sizes` is undefined if even the rank is unknown. */
export interface Shape {
  readonly sizes: readonly number[] | undefined;
}

/** The value of a tensor as the bytes that TensorFlow stores. */
export interface Constant {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Converts an attribute of an eager call into one of a graph's node. Throws if its kind is unknown. */
export function toGraphAttribute(op: string, attribute: EagerAttribute): Attribute {
  const { name, type, value } = attribute;
  const kind = kinds[type];
  if (kind === "shape" && (isNumbers(value) || value === undefined || value === null)) {
    return { kind, value: { sizes: value ?? undefined } };
  }
  if (kind === "bool" && isAll(value, "boolean")) {
    return { kind, value };
  }
  if ((kind === "int" || kind === "float" || kind === "type") && isAll(value, "number")) {
    return { kind, value };
  }
  if (kind === "string" && isAll(value, "string")) {
    return { kind, value };
  }
  throw new Error(`cannot trace attribute "${name}" of ${op}: kind ${type}, value ${String(value)}`);
}

type Primitive = { readonly string: string; readonly number: number; readonly boolean: boolean };

function isAll<T extends keyof Primitive>(
  value: unknown,
  type: T,
): value is Primitive[T] | readonly Primitive[T][] {
  return Array.isArray(value) ? value.every((item) => typeof item === type) : typeof value === type;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && isAll(value, "number");
}
