import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { type DoctorFinding, ok } from "../finding.js";

// A file of its own, though short: the processor has nothing to do with the other checks.

/** Instruction sets by which oneDNN and TensorFlow choose their kernels, as /proc/cpuinfo spells them. */
const instructionSets = [
  ...["avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16"],
  ...["asimd", "asimddp", "sve", "bf16", "i8mm"],
];

/** Reports the processor, its cores, and those of its instruction sets that TensorFlow uses. */
export function checkProcessor(): DoctorFinding {
  const supported = readInstructionSets();
  const listed = supported.length === 0 ? "" : `; ${supported.join(" ")}`;
  const oneDnn = process.env.TF_ENABLE_ONEDNN_OPTS === "0" ? "; oneDNN off (TF_ENABLE_ONEDNN_OPTS=0)" : "";
  const model = cpus()[0]?.model ?? "unknown";
  return ok("processor", `${model}, ${availableParallelism()} cores${listed}${oneDnn}`);
}

function readInstructionSets(): string[] {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    const all = new Set(flags.split(" "));
    return instructionSets.filter((name) => all.has(name));
  } catch {
    return [];
  }
}
