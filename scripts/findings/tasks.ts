import { type Finding, judgeFindings } from "../../src/analysis/findings/findings.js";
import { findRuns } from "../../src/analysis/input/find-runs.js";
import { readRuns } from "../../src/analysis/input/read-runs.js";
import { type RunSummary, studySmoothing } from "../../src/analysis/run-summary.js";
import { studyCell } from "../../src/study/run.js";
import { type TaskName, taskNames } from "../../src/study/tasks/tasks.js";

/** Prints which of the study's findings hold in each task of a sweep. */
export async function printTasks(folder: string): Promise<void> {
  const runs = await readSummaries(folder);
  for (const task of tasksOf(runs)) {
    for (const { number, verdict, claims } of findingsOfTask(runs, task)) {
      console.log(`${task}, finding ${number}: ${verdict}`);
      for (const claim of claims.filter(({ numbers }) => numbers !== "")) {
        console.log(`  ${claim.verdict}: ${claim.text}: ${claim.numbers}`);
      }
    }
  }
}

/** Reads the runs of a sweep. */
export async function readSummaries(folder: string): Promise<readonly RunSummary[]> {
  return (await readRuns(findRuns([folder], { verify: false }), studySmoothing, () => {})).runs;
}

/** Returns the tasks of some runs, in the order of the table of tasks. */
export function tasksOf(runs: readonly RunSummary[]): readonly TaskName[] {
  return taskNames.filter((task) => runs.some((run) => taskOf(run) === task));
}

/** Returns the task of a run. */
export function taskOf({ keys, cell }: RunSummary): string {
  return keys.get("task") ?? cell.task ?? studyCell.task;
}

/** Judges the findings by the runs of one task, with the rules for the study's own. */
export function findingsOfTask(runs: readonly RunSummary[], task: TaskName): readonly Finding[] {
  const asStudy = runs
    .filter((run) => taskOf(run) === task)
    .map((run) => {
      const keys = new Map(run.keys);
      keys.delete("task");
      return { ...run, keys, cell: { ...run.cell, task: studyCell.task } };
    });
  return judgeFindings(asStudy);
}
