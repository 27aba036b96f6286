import { createHash } from "node:crypto";
import type { Variant } from "./manifest.js";

// The Python wheels that contain TensorFlow's native library, and the name of the library that is unpacked
// from them.

/** A pinned Python wheel. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Bytes of the wheel. */
  readonly bytes: number;
  /** Bytes of the files that are kept of it. */
  readonly unpacked: number;
}

/** The wheels that together contain TensorFlow's native library for a platform. */
export interface WheelSet {
  /** `process.platform`-`process.arch` */
  readonly platform: string;
  readonly variant: Variant;
  /** pip's names of the platform. */
  readonly pipPlatforms: readonly string[];
  readonly wheels: readonly Wheel[];
  /** Symbolic links to add, as [link, target]: names that libraries open but that the wheels do not have. */
  readonly links: readonly (readonly [string, string])[];
}

export const pinnedTensorFlow = "2.21.0";

const linuxX64 = ["manylinux_2_27_x86_64", "manylinux2014_x86_64"];

/**
 * The wheels of TensorFlow's extra `and-cuda`, in the versions of CUDA 12.8: the first for both Hopper and
 * Blackwell. Like all of CUDA 12 it runs on driver 525 and newer.
 */
const nvidia = wheels(`
  nvidia-cublas-cu12 12.8.4.1 594346921 868914192 8ac4e771d5a348c551b2a426eda6193c19aa630236b418086020df5ba9667142
  nvidia-cuda-cupti-cu12 12.8.90 10248621 41311976 ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182
  nvidia-cuda-nvcc-cu12 12.8.93 40128098 32397092 2d6dc36fb7cb5ac9c0b8825bc13d193c35487a315664007287d0126531238011
  nvidia-cuda-nvrtc-cu12 12.8.93 88040029 222102104 a7756528852ef889772a84c6cd89d41dfa74667e24cca16bb31f8f061e3e9994
  nvidia-cuda-runtime-cu12 12.8.90 954765 728800 adade8dcbd0edf427b7204d480d6066d33902cab2a4707dcfc48a2d0fd44ab90
  nvidia-cudnn-cu12 9.10.2.21 706758467 1053232960 949452be657fa16687d0930933f032835951ef0892b37d2d53824d1a84dc97a8
  nvidia-cufft-cu12 11.3.3.83 193118695 281026488 4d2dd21ec0b88cf61b62e6b43564355e5222e4a3fb394cac0db101f2dd0d4f74
  nvidia-curand-cu12 10.3.9.90 63619976 136749240 b32331d4f4df5d6eefa0554c565b626c7216f87a06a4f56fab27c3b68a830ec9
  nvidia-cusolver-cu12 11.7.3.90 267506905 404797448 4376c11ad263152bd50ea295c05370360776f8c3427b30991df774f9fb26c450
  nvidia-cusparse-cu12 12.5.8.93 288216466 387990224 1ec05d76bbbd8b61b06a80e1eaf8cf4959c3d4ce8e711b65ebd0443bb0ebb13b
  nvidia-nccl-cu12 2.27.7 322546339 430126192 de5ba5562f08029a19cb1cd659404b18411ed0d6c90ac5f52f30bf99ad5809aa
  nvidia-nvjitlink-cu12 12.8.93 39254836 94101392 81ff63371a7ebd6e6451970684f916be2eab07321b73c9d244dc2b4da7f73b88
`);

export const wheelSets: readonly WheelSet[] = [
  {
    platform: "linux-x64",
    variant: "cpu",
    pipPlatforms: linuxX64,
    wheels: wheels(
      `tensorflow-cpu 2.21.0 273829956 855003370 2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c`,
    ),
    links: [],
  },
  {
    platform: "linux-x64",
    variant: "gpu",
    pipPlatforms: linuxX64,
    wheels: [
      ...wheels(
        `tensorflow 2.21.0 572440367 1260715514 9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124`,
      ),
      ...nvidia,
    ],
    links: [
      // libtensorflow_framework opens cuSOLVER, but only libtensorflow_cc has its folder in the run path.
      // TensorFlow uses no GPU if it does not find it.
      ["nvidia/cublas/lib/libcusolver.so.11", "../../cusolver/lib/libcusolver.so.11"],
      // cuDNN looks for NVRTC in a folder that is named differently in NVRTC's wheel.
      ["nvidia/nvrtc", "cuda_nvrtc"],
      // cuBLAS looks for NVRTC only in its own folder.
      ["nvidia/cublas/lib/libnvrtc.so.12", "../../cuda_nvrtc/lib/libnvrtc.so.12"],
      ["nvidia/cublas/lib/libnvrtc-builtins.so.12.8", "../../cuda_nvrtc/lib/libnvrtc-builtins.so.12.8"],
    ],
  },
  {
    platform: "linux-arm64",
    variant: "cpu",
    pipPlatforms: ["manylinux_2_27_aarch64"],
    wheels: wheels(
      `tensorflow 2.21.0 281828020 884756642 4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c`,
    ),
    links: [],
  },
  {
    platform: "darwin-arm64",
    variant: "cpu",
    pipPlatforms: ["macosx_12_0_arm64"],
    wheels: wheels(
      `tensorflow 2.21.0 223405849 742500058 51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88`,
    ),
    links: [],
  },
];

/**
 * Patterns of the files that are kept of the wheels: libraries, the headers that the addons include, and
 * XLA's GPU compiler.
 */
export const keptFiles: readonly string[] = [
  String.raw`^tensorflow/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$`,
  String.raw`^tensorflow/include/(tensorflow/c/|tensorflow/core/platform/ctstring|tsl/platform/ctstring|xla/tsl/c/|absl/(base|log|strings)/).*\.h$`,
  String.raw`^nvidia/[a-z_]+/lib/[^/]+\.so[.0-9]*$`,
  "^nvidia/cuda_nvcc/(bin/ptxas|nvvm/libdevice/.+)$",
];

/** Returns the wheels for this platform. Returns undefined if TensorFlow has none. */
export function findWheelSet(
  variant: Variant,
  platform: string = `${process.platform}-${process.arch}`,
): WheelSet | undefined {
  return wheelSets.find((set) => set.platform === platform && set.variant === variant);
}

/**
 * Returns the name of a library's folder in the cache. It has a hash of the wheels and of the files kept of
 * them, so that a changed table never uses an old library.
 */
export function libraryName({ platform, variant, wheels, links }: WheelSet): string {
  const pins = wheels.map(({ name, version, sha256 }) => [name, version, sha256]);
  const hash = createHash("sha256")
    .update(JSON.stringify([pins, keptFiles, links]))
    .digest("hex");
  return `tensorflow-${pinnedTensorFlow}-${platform}-${variant}-${hash.slice(0, 12)}`;
}

/** Sums the bytes to download and the bytes on disk. */
export function wheelSetBytes({ wheels: all }: WheelSet): {
  readonly download: number;
  readonly unpacked: number;
} {
  return {
    download: all.reduce((sum, { bytes }) => sum + bytes, 0),
    unpacked: all.reduce((sum, { unpacked }) => sum + unpacked, 0),
  };
}

/** Parses rows of: name, version, bytes of the wheel, bytes kept, sha256. */
function wheels(rows: string): Wheel[] {
  return rows
    .trim()
    .split("\n")
    .map((row) => {
      const [name = "", version = "", bytes, unpacked, sha256 = ""] = row.trim().split(" ");
      return { name, version, sha256, bytes: Number(bytes), unpacked: Number(unpacked) };
    });
}
