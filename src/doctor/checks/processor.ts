import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { type DoctorFinding, ok } from "../finding.js";

/** Instructions that oneDNN and TensorFlow pick kernels by, as /proc/cpuinfo spells them. */
const telling = [
  ...["avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16"],
  ...["asimd", "asimddp", "sve", "bf16", "i8mm"],
];

/** The processor and the instructions of it that TensorFlow uses. */
export function examineProcessor(): DoctorFinding {
  const features = readFeatures();
  const oneDnn = process.env.TF_ENABLE_ONEDNN_OPTS === "0" ? "; oneDNN off (TF_ENABLE_ONEDNN_OPTS=0)" : "";
  const used = features.length === 0 ? "" : `; ${features.join(" ")}`;
  return ok("processor", `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores${used}${oneDnn}`);
}

function readFeatures(): string[] {
  try {
    const found = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    const all = new Set(found.split(" "));
    return telling.filter((feature) => all.has(feature));
  } catch {
    return [];
  }
}
