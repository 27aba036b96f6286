import type { Tensor, TensorInfo } from "@tensorflow/tfjs-node-gpu";
import type { EagerAttribute } from "./compile/attribute.js";
import { loadTfjs, type Tfjs } from "./native/binding.js";

/** tfjs on the native library. Bound by `loadTensorFlow`: nothing may use it when a module is loaded. */
export let tf: Tfjs;

/** What this project needs of tfjs-node's backend beyond tfjs's own interface. */
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

export interface LoadOptions {
  /** Threads of one operation and of independent operations; both pools get this size. Unset: as many as cores. */
  readonly threads?: number;
  /** Let TensorFlow's log lines through. */
  readonly verbose?: boolean;
}

/** Loads the native library once and binds `tf`. Throws a SeglossError (exit code 3) that says how to mend it. */
export async function loadTensorFlow(options: LoadOptions = {}): Promise<Tfjs> {
  if (tf === undefined) {
    if (options.threads !== undefined) {
      process.env.TF_NUM_INTRAOP_THREADS ??= String(options.threads);
      process.env.TF_NUM_INTEROP_THREADS ??= String(options.threads);
    }
    const loaded = await loadTfjs({ verbose: options.verbose ?? false });
    // Without it tfjs prints a banner and checks every result for NaN, which is data here.
    loaded.env().set("PROD", true);
    await loaded.ready();
    tf = loaded;
  }
  return tf;
}

/** The loaded backend. */
export function backend(): Backend {
  return tf.backend() as unknown as Backend;
}

/** Runs `fn` and frees every tensor made meanwhile. What tf.tidy is for results without tensors. */
export function scoped<T>(fn: () => T): T {
  tf.engine().startScope();
  try {
    return fn();
  } finally {
    tf.engine().endScope();
  }
}
