import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

// The one identity of a processor: checkpoints, records and stored compiled programs depend on it.

/** A processor, as far as the last bits of a computation depend on it. */
export interface Processor {
  /** As Node names it: "x64", "arm64". */
  readonly architecture: string;
  readonly model: string;
  /**
   * A hash of its instruction set extensions. Two processors of one model may differ in them: a hypervisor can hide some. Empty
   * where the system does not list them.
   */
  readonly features: string;
}

let known: Processor | undefined;

/** Returns the processor of this machine. */
export function thisProcessor(): Processor {
  known ??= processorOf(process.arch, cpus()[0]?.model ?? "unknown", cpuInfo());
  return known;
}

/** Returns a processor by its model and the text of Linux's /proc/cpuinfo. */
export function processorOf(architecture: string, model: string, cpuInfoText: string): Processor {
  const lists = [...cpuInfoText.matchAll(/^(?:flags|Features)\s*:(.*)$/gm)].map(([, list = ""]) => list);
  // The cores of a hybrid processor may differ; the order in which the kernel lists extensions means nothing.
  const names = [...new Set(lists.flatMap((list) => list.trim().split(/\s+/)))].sort();
  const features =
    names.length === 0 ? "" : createHash("sha256").update(names.join(" ")).digest("hex").slice(0, 16);
  return { architecture, model: model.trim(), features };
}

function cpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    // Not Linux: the model must suffice.
    return "";
  }
}
