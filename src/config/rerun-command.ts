import { shellLine } from "../shell-line.js";
import { studyLosses } from "../study/losses.js";
import { isMainKey } from "../study/row-layout.js";
import type { Run } from "../study/run.js";
import { flagOf, type Parameter, parameterKeys, parameters, settings } from "./parameters.js";

/** Where and how a run was trained: what its last bits depend on beside its parameters. */
export interface RerunEngine {
  readonly device: "cpu" | "gpu";
  /** The GPU as `--gpu` names it; undefined on the CPU, and where CUDA chose it. */
  readonly gpu?: string | undefined;
  /** Whether XLA compiled the step. */
  readonly xla: boolean;
}

/**
 * Returns the command that trains one run again to the same bytes: its main parameters and steps, everything else that
 * is not the default, and the device.
 */
export function rerunCommand(run: Run, { device, gpu, xla }: RerunEngine): string {
  const words = ["segloss", "run"];
  for (const key of parameterKeys) {
    const rule: Parameter<unknown> = parameters[key];
    const value = run.cell[key];
    if (value === true) {
      words.push(flagOf(key));
    } else if (value !== false && (isMainKey(key) || key === "steps" || value !== rule.default)) {
      words.push(flagOf(key), String(value));
    }
  }
  words.push("--run", String(run.repetition));
  if (run.seed !== settings.seed.default) {
    words.push("--seed", String(run.seed));
  }
  if (run.monitor.join() !== studyLosses.join()) {
    words.push("--monitor", run.monitor.join());
  }
  if (run.perLayer) {
    words.push("--per-layer");
  }
  if (run.metrics.length > 0) {
    words.push("--metrics", run.metrics.join());
  }
  if (run.columns.length > 0) {
    words.push("--columns", run.columns.join());
  }
  words.push("--device", device);
  if (device === "gpu" && gpu !== undefined) {
    words.push("--gpu", gpu);
  }
  words.push("--xla", xla ? "on" : "off");
  return shellLine(words);
}
