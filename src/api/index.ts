// The library: `import ... from "segloss"`. What stands here and in tensorflow.ts is public, nothing else.

export type { Config } from "../config/config.js";
export { runName } from "../config/run-names.js";
export { type ExitCode, SeglossError } from "../errors.js";
export type { RunRecord } from "../results/run-record.js";
export type { Cell, Run } from "../study/run.js";
export { configRuns, parseConfig, readConfig } from "./configs.js";
export {
  type DoneRun,
  type RunResult,
  readSweepResults,
  type SweepResults,
  type UndoneRun,
} from "./results.js";
export { type RunRow, readRunRows } from "./rows.js";
export { type SweepTrainingOptions, type TrainingOptions, trainRun, trainSweep } from "./training.js";
