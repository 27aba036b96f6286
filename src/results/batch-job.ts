// How batch systems name their jobs, and the tasks of a job array.

/** A batch system, by the variables that it sets in a job and in a task of a job array. */
interface BatchSystem {
  readonly name: string;
  readonly job: string;
  /** The number of the job array, if it is another than that of the task. */
  readonly array: string;
  readonly task: string;
  /** Whether the number of a job contains the index of its task. */
  readonly jobHasTask?: boolean;
}

const systems: readonly BatchSystem[] = [
  { name: "slurm", job: "SLURM_JOB_ID", array: "SLURM_ARRAY_JOB_ID", task: "SLURM_ARRAY_TASK_ID" },
  { name: "pbs", job: "PBS_JOBID", array: "PBS_JOBID", task: "PBS_ARRAY_INDEX", jobHasTask: true },
  { name: "lsf", job: "LSB_JOBID", array: "LSB_JOBID", task: "LSB_JOBINDEX" },
];

/** A task of a job array. */
export interface ArrayTask {
  readonly index: string;
  /** The variable that holds the index. */
  readonly variable: string;
}

/** Returns the batch system and job that this process belongs to, such as "slurm 1234_2"; undefined outside a job. */
export function batchJob(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const system = systemOf(env);
  if (system === undefined) {
    return undefined;
  }
  const task = system.jobHasTask ? undefined : taskIn(system, env);
  const job = env[system.job];
  return task === undefined
    ? `${system.name} ${job}`
    : `${system.name} ${env[system.array] ?? job}_${task.index}`;
}

/** Returns the task of a job array that this process belongs to; undefined outside a job array. */
export function arrayTask(env: NodeJS.ProcessEnv = process.env): ArrayTask | undefined {
  const system = systemOf(env);
  return system && taskIn(system, env);
}

function systemOf(env: NodeJS.ProcessEnv): BatchSystem | undefined {
  return systems.find(({ job }) => env[job] !== undefined && env[job] !== "");
}

function taskIn({ name, task }: BatchSystem, env: NodeJS.ProcessEnv): ArrayTask | undefined {
  const index = env[task] ?? "";
  // LSF sets the index 0 where there is no array.
  return index === "" || (name === "lsf" && index === "0") ? undefined : { index, variable: task };
}
