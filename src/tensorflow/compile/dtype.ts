import type { DataType } from "@tensorflow/tfjs-node-gpu";

/** TF_DataType of TensorFlow's C API. */
export const dtypes = {
  float32: 1,
  int32: 3,
  string: 7,
  complex64: 8,
  bool: 10,
  variant: 21,
} as const;

/** The name of one of TensorFlow's types by its number. */
export function dtypeName(dtype: number): string {
  return Object.entries(dtypes).find(([, value]) => value === dtype)?.[0] ?? `type ${dtype}`;
}

/** The number by which TensorFlow knows one of tfjs's types. */
export function dtypeOf(dtype: DataType): number {
  return dtypes[dtype];
}
