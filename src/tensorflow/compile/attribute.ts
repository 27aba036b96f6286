/** TF_AttrType of TensorFlow's C API, as tfjs-node's kernels give it with every attribute. */
const kinds = ["string", "int", "float", "bool", "type", "shape"] as const;

/** An attribute as tfjs-node's kernels write it. */
export interface EagerAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** An attribute of a node in a graph: its kind and one value or a list of them. */
export type Attribute =
  | { readonly kind: "string"; readonly value: string | readonly string[] }
  | { readonly kind: "int" | "float" | "type"; readonly value: number | readonly number[] }
  | { readonly kind: "bool"; readonly value: boolean | readonly boolean[] }
  | { readonly kind: "shape"; readonly value: Shape | readonly Shape[] }
  | { readonly kind: "tensor"; readonly value: Constant }
  | { readonly kind: "function"; readonly value: string };

/** Sizes by axis; undefined where even the number of axes is unknown. */
export interface Shape {
  readonly sizes: readonly number[] | undefined;
}

/** A tensor's value, as the bytes that TensorFlow stores. */
export interface Constant {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type Attributes = Readonly<Record<string, Attribute>>;

/** Translates an attribute of an eager call into one of a graph's node. Throws if its kind is not known. */
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
