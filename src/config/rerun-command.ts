import { studyLosses } from "../study/losses.js";
import type { Run } from "../study/run.js";
import { flagOf, isMainKey, type Parameter, parameterKeys, parameters, settings } from "./parameters.js";

/** Where and how a run was trained, as far as its last bits depend on it. */
export interface RerunEngine {
  readonly device: "cpu" | "gpu";
  /** The GPU as `--gpu` names it; undefined on the CPU, and where CUDA chose it. */
  readonly gpu: string | undefined;
  readonly xla: boolean;
}

/** Returns the command that trains a run again: its main parameters, all that is not the default, and the engine if known. */
export function rerunCommand(run: Run, engine?: RerunEngine): string {
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
  if (run.columns.length > 0) {
    words.push("--columns", run.columns.join());
  }
  if (engine !== undefined) {
    words.push("--device", engine.device);
    if (engine.device === "gpu" && engine.gpu !== undefined) {
      words.push("--gpu", engine.gpu);
    }
    if (!engine.xla) {
      words.push("--xla", "off");
    }
  }
  return shellLine(words);
}

/** Words as one line that a shell reads back as the same words. */
export function shellLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
