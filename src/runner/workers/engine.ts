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
import { deviceSlotName } from "../schedule/devices.js";
import type { Device, Xla } from "../types.js";
import { withMemoryAdvice } from "./memory-advice.js";

/** A loaded TensorFlow, ready to train. */
export interface Engine {
  readonly trainer: Trainer;
  readonly device: "cpu" | "gpu";
  /** What records call the device: "cpu", or the GPU's name and number. */
  readonly deviceName: string;
  /** The GPU as CUDA_VISIBLE_DEVICES names it; undefined on the CPU, and where CUDA chose it. */
  readonly gpu: string | undefined;
  /** Whether one program trains all runs of a group at once, instead of one program each in turn. */
  readonly usesLanes: boolean;
  /** Whether programs are compiled by XLA. */
  readonly xla: boolean;
  readonly tensorflow: string;
  readonly threads: number;
  /** All that a run's last bits may depend on beside its parameters. */
  readonly identity: string;
  /** What was chosen otherwise than "auto" would have it, and why. */
  readonly notes: readonly string[];
}

export interface EngineOptions {
  readonly device: Device;
  /** Which GPU, as CUDA_VISIBLE_DEVICES names it, and what the driver says of it. */
  readonly gpu?: string | undefined;
  readonly card?: Gpu | undefined;
  readonly xla: Xla;
  readonly verbose: boolean;
  /** Most lanes of a program, where one trains several runs; "auto": as many as the memory holds. */
  readonly lanes: number | "auto";
}

/** Loads TensorFlow on a device. Throws SeglossError (exit code 3) if it does not load, or if a GPU or XLA is asked for and not usable. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  prepare(options);
  // The images of one process are small: a second thread costs more than it brings, and more processes use the other cores.
  await loadTensorFlow({ threads: 1, verbose: options.verbose });
  const usesGpu = options.device !== "cpu" && isUsingGpu();
  const device = usesGpu ? "gpu" : "cpu";
  const deviceName = usesGpu ? deviceSlotName({ gpu: options.gpu, card: options.card }) : device;
  const gpuNotes = usesGpu ? [] : await withoutGpu(options, findNativeLibrary());
  const { xla, notes } = chooseXla(options, device);
  const width = usesGpu ? gpuWidth(options) : cpuWidth();
  const trainer = openTrainer({ width, xla });
  const tensorflow = tensorflowVersion();
  return {
    trainer: usesGpu ? withMemoryAdvice(trainer) : trainer,
    device,
    deviceName,
    gpu: usesGpu ? options.gpu : undefined,
    usesLanes: width !== 1,
    xla,
    tensorflow,
    threads: 1,
    identity: `tensorflow ${tensorflow} ${deviceName}${xla ? "" : " without xla"}${width === 1 ? "" : " wide"}`,
    notes: [...gpuNotes, ...notes],
  };
}

/** Sets what TensorFlow reads when it is loaded. */
function prepare({ device, gpu, verbose }: EngineOptions): void {
  if (device === "cpu") {
    process.env.CUDA_VISIBLE_DEVICES = "-1";
  } else if (gpu !== undefined) {
    process.env.CUDA_VISIBLE_DEVICES = gpu;
  }
  // What fails comes back as an exception with its reason; below that level TensorFlow also calls it an error that a
  // kept program was compiled with "prefer no gather".
  process.env.TF_CPP_MIN_LOG_LEVEL ??= verbose ? "0" : "3";
  useXlaCache();
}

/** What is to be said when TensorFlow uses no GPU. Throws if one was asked for. */
async function withoutGpu(
  { device, gpu }: EngineOptions,
  library: NativeLibrary | undefined,
): Promise<string[]> {
  if (device === "gpu") {
    throw new SeglossError(`--device gpu: ${await explainNoGpu()}`, { exitCode: exitCode.noTensorFlow });
  }
  // Only where a GPU was expected: there is a driver, and a library that could use it.
  const isSurprise = device === "auto" && gpu !== undefined && library?.variant === "gpu";
  return isSurprise ? [`GPU ${gpu} is not used: ${await explainNoGpu()}`] : [];
}

/**
 * On a CPU XLA's programs are three times as fast. On a GPU a step is hundreds of small operations, each of which costs a
 * launch, and XLA fuses most of them: so "auto" is on there too, unless it turns out that it cannot compile for the card.
 */
function chooseXla({ xla }: EngineOptions, device: "cpu" | "gpu"): { xla: boolean; notes: string[] } {
  const why = xla === "off" || device === "cpu" ? undefined : probeXla();
  if (why === undefined) {
    return { xla: xla !== "off", notes: [] };
  }
  if (xla === "on") {
    throw new SeglossError(`--xla on: XLA cannot compile for this GPU: ${why}`, {
      exitCode: exitCode.noTensorFlow,
    });
  }
  return { xla: false, notes: [`XLA cannot compile for this GPU, so operations run one by one: ${why}`] };
}

/** Lanes of a program on a GPU, whose time hardly depends on them. Where the card does not tell its free memory, any number is tried. */
function gpuWidth({ lanes, card }: EngineOptions): number | ((run: Run) => number) {
  if (lanes !== "auto") {
    return lanes;
  }
  const freeMiB = card?.freeMiB;
  return (run) => (freeMiB === undefined ? Number.MAX_SAFE_INTEGER : lanesThatFit(run, freeMiB * 1024 ** 2));
}

/** On a CPU every run has a program of its own, so that its company cannot change a bit; but tests try there what a GPU does. */
function cpuWidth(): number {
  return Number(process.env.SEGLOSS_TEST_WIDTH ?? 1);
}
