import type { DataType, TensorInfo } from "@tensorflow/tfjs-node-gpu";

/** The numbers of TensorFlow's types, TF_DataType in its C API. */
export const dtypes = {
  float32: 1,
  int32: 3,
  string: 7,
  complex64: 8,
  bool: 10,
  variant: 21,
} as const;

/** Returns the name of one of TensorFlow's types. */
export function dtypeName(dtype: number): string {
  return Object.entries(dtypes).find(([, value]) => value === dtype)?.[0] ?? `type ${dtype}`;
}

/** Returns TensorFlow's number for one of tfjs's types. */
export function dtypeOf(dtype: DataType): number {
  return dtypes[dtype];
}

/** The static type of a value. */
export interface TensorType {
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** Returns the static type of a tensor. */
export function tensorType(tensor: TensorInfo): TensorType {
  return { dtype: dtypeOf(tensor.dtype), shape: tensor.shape };
}

/** Formats a type: `float32 [2,3]`. */
export function describeType({ dtype, shape }: TensorType): string {
  return `${dtypeName(dtype)} [${shape}]`;
}
