import type { Tensor, TensorInfo } from "@tensorflow/tfjs-node-gpu";
import type { EagerAttribute } from "./compile/attribute.js";
import { type BindingOptions, loadTfjs, type Tfjs } from "./native/binding.js";

/** tfjs on the native library. Bound by `loadTensorFlow`, so no module may use it while it is loaded itself. */
export let tf: Tfjs;

/** The part of tfjs-node's backend that this project needs beyond tfjs's own interface. */
export interface Backend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string; getNumOfTensors(): number; getNumOfSavedModels(): number };
  executeSingleOutput(
    op: string,
    attributes: readonly EagerAttribute[],
    inputs: readonly TensorInfo[],
  ): Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly EagerAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
  read(dataId: object): Promise<Float32Array | Int32Array | Uint8Array>;
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(
    session: number,
    inputs: readonly TensorInfo[],
    inputNames: readonly { readonly name: string }[],
    outputNames: readonly string[],
  ): Tensor[];
}

/** How TensorFlow is loaded. */
export interface LoadOptions extends BindingOptions {
  /** Size of both thread pools, that within an operation and that for independent operations. Default: the number of cores. */
  readonly threads?: number;
}

/** Loads the native library once and binds `tf`. Throws a SeglossError (exit code 3) with the command that repairs it. */
export async function loadTensorFlow(options: LoadOptions = {}): Promise<Tfjs> {
  if (tf === undefined) {
    if (options.threads !== undefined) {
      process.env.TF_NUM_INTRAOP_THREADS ??= String(options.threads);
      process.env.TF_NUM_INTEROP_THREADS ??= String(options.threads);
    }
    const loaded = await loadTfjs(options);
    // Otherwise tfjs prints a banner and checks every result for NaN, which is data here.
    loaded.env().set("PROD", true);
    await loaded.ready();
    tf = loaded;
  }
  return tf;
}

/** Returns whether operations run on a GPU. */
export function isUsingGpu(): boolean {
  return backend().isUsingGpuDevice;
}

/** Returns the version of the loaded library. */
export function tensorflowVersion(): string {
  return backend().binding.TF_Version;
}

/** Returns the loaded backend. */
export function backend(): Backend {
  return tf.backend() as unknown as Backend;
}

/** Runs `fn` and frees every tensor made meanwhile: tf.tidy for results that hold no tensors. */
export function scoped<T>(fn: () => T): T {
  tf.engine().startScope();
  try {
    return fn();
  } finally {
    tf.engine().endScope();
  }
}
