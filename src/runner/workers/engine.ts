import { exitCode, SeglossError } from "../../errors.js";
import { lanesThatFit } from "../../study/lanes/memory-model.js";
import type { Run } from "../../study/run.js";
import { openTrainer, type Trainer } from "../../study/training.js";
import {
  explainNoGpu,
  findNativeLibrary,
  type Gpu,
  isUsingGpu,
  loadTensorFlow,
  type NativeLibrary,
  probeXla,
  tensorflowVersion,
  useXlaCache,
} from "../../tensorflow/index.js";
import { deviceSlotName } from "../schedule/device-slots.js";
import type { Device, Xla } from "../types.js";
import { withMemoryAdvice } from "./memory-advice.js";

/** TensorFlow, loaded and ready to train on one device. */
export interface Engine {
  readonly trainer: Trainer;
  readonly device: "cpu" | "gpu";
  /** The device as records name it: "cpu", or the GPU's name and number. */
  readonly deviceName: string;
  /** The GPU as CUDA_VISIBLE_DEVICES names it; undefined on the CPU, and where CUDA chose it. */
  readonly gpu: string | undefined;
  /** Whether runs that are trained together are lanes of one compiled step, instead of each having a compiled step of its own. */
  readonly usesLanes: boolean;
  /** Whether XLA compiles the steps. */
  readonly xla: boolean;
  readonly tensorflow: string;
  readonly threads: number;
  /** Everything about the engine that the last bits of a run may depend on. */
  readonly identity: string;
  /** What differs from what the options let the user expect, and why. */
  readonly notes: readonly string[];
}

/** How an engine is to be opened. */
export interface EngineOptions {
  readonly device: Device;
  /** The GPU as CUDA_VISIBLE_DEVICES names it. */
  readonly gpu?: string | undefined;
  /** What the driver reports about that GPU. */
  readonly card?: Gpu | undefined;
  readonly xla: Xla;
  readonly verbose: boolean;
  /** Most lanes of a compiled step on a GPU; "auto" is as many as its memory holds. */
  readonly lanes: number | "auto";
}

/**
 * Loads TensorFlow on a device. Throws SeglossError with exit code 3 if it cannot be loaded, or if a GPU or XLA is required
 * and cannot be used.
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const cache = setEnvironment(options);
  await loadTensorFlow({ threads, verbose: options.verbose, codeCache: cache });
  const usesGpu = options.device !== "cpu" && isUsingGpu();
  const device = usesGpu ? "gpu" : "cpu";
  const deviceName = usesGpu ? deviceSlotName({ gpu: options.gpu, card: options.card }) : device;
  const gpuNotes = usesGpu ? [] : await notesWithoutGpu(options, findNativeLibrary());
  const { xla, notes } = chooseXla(options, device);
  const width = usesGpu ? maxGpuLanes(options) : maxCpuLanes();
  const usesLanes = width !== 1;
  const trainer = openTrainer({ width, xla, graphFolder: cache });
  const tensorflow = tensorflowVersion();
  return {
    trainer: usesGpu ? withMemoryAdvice(trainer) : trainer,
    device,
    deviceName,
    gpu: usesGpu ? options.gpu : undefined,
    usesLanes,
    xla,
    tensorflow,
    threads,
    identity: `tensorflow ${tensorflow} ${deviceName}${xla ? "" : " without xla"}${usesLanes ? " in lanes" : ""}`,
    notes: [...gpuNotes, ...notes],
  };
}

/**
 * Loads TensorFlow before the engine's options are known, where none of them can change how it is loaded: the
 * library has no GPU variant. Does nothing if it fails, as `openEngine` then fails with the same error.
 */
export async function prepareEngine(): Promise<void> {
  if (findNativeLibrary()?.variant !== "cpu") {
    return;
  }
  const codeCache = setEnvironment({ device: "cpu", verbose: false });
  await loadTensorFlow({ threads, verbose: false, codeCache }).catch(() => {});
}

/** The images are small: a second thread costs more than it saves, and the other cores have processes of their own. */
const threads = 1;

/** Sets the variables that TensorFlow reads when it is loaded. Returns the folder for compiled code and graphs, if there is one. */
function setEnvironment({
  device,
  gpu,
  verbose,
}: Pick<EngineOptions, "device" | "gpu" | "verbose">): string | undefined {
  if (device === "cpu") {
    process.env.CUDA_VISIBLE_DEVICES = "-1";
  } else if (gpu !== undefined) {
    process.env.CUDA_VISIBLE_DEVICES = gpu;
  }
  // Failures arrive as exceptions with their reason. Below this level TensorFlow also logs an error for every cached program
  // that was compiled with "prefer no gather".
  process.env.TF_CPP_MIN_LOG_LEVEL ??= verbose ? "0" : "3";
  return useXlaCache();
}

/** Returns the notes for an engine on the CPU. Throws if a GPU was required. */
async function notesWithoutGpu(
  { device, gpu, card }: EngineOptions,
  library: NativeLibrary | undefined,
): Promise<string[]> {
  if (device === "gpu") {
    // A number without a card was typed: the program itself only chooses cards that there are.
    const flag = gpu === undefined || card !== undefined ? "--device gpu" : `--gpu ${gpu}`;
    throw new SeglossError(`${flag}: ${await explainNoGpu()}`, { exitCode: exitCode.noTensorFlow });
  }
  const expectedGpu = device === "auto" && gpu !== undefined && library?.variant === "gpu";
  return expectedGpu ? [`GPU ${gpu} is not used: ${await explainNoGpu()}`] : [];
}

/**
 * On a CPU, steps compiled by XLA are three times as fast. On a GPU a step is hundreds of small operations, each of which
 * costs a launch, and XLA fuses most of them. So "auto" is on, unless a probe shows that XLA cannot compile for the GPU.
 */
function chooseXla({ xla }: EngineOptions, device: "cpu" | "gpu"): { xla: boolean; notes: string[] } {
  const problem = xla === "off" || device === "cpu" ? undefined : probeXla();
  if (problem === undefined) {
    return { xla: xla !== "off", notes: [] };
  }
  if (xla === "on") {
    throw new SeglossError(`--xla on: XLA cannot compile for this GPU: ${problem}`, {
      exitCode: exitCode.noTensorFlow,
    });
  }
  return { xla: false, notes: [`XLA cannot compile for this GPU, so operations run one by one: ${problem}`] };
}

/** On a GPU the time of a step hardly depends on its lanes. If the driver does not report free memory, any number is tried. */
function maxGpuLanes({ lanes, card }: EngineOptions): number | ((run: Run) => number) {
  if (lanes !== "auto") {
    return lanes;
  }
  const freeMiB = card?.freeMiB;
  return (run) => (freeMiB === undefined ? Number.MAX_SAFE_INTEGER : lanesThatFit(run, freeMiB * 1024 ** 2));
}

/** On a CPU every run has a compiled step of its own, so that other runs cannot change its last bits. Tests try lanes there. */
function maxCpuLanes(): number {
  return Number(process.env.SEGLOSS_TEST_WIDTH ?? 1);
}
