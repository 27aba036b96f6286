// A file of its own although short: the one place that knows how batch systems name their jobs.

/** A batch system, by the variables that it sets in a job and in a task of a job array. */
interface BatchSystem {
  readonly name: string;
  readonly job: string;
  readonly array?: string;
  readonly task?: string;
}

const systems: readonly BatchSystem[] = [
  { name: "slurm", job: "SLURM_JOB_ID", array: "SLURM_ARRAY_JOB_ID", task: "SLURM_ARRAY_TASK_ID" },
  // Its job numbers have the task's index in them.
  { name: "pbs", job: "PBS_JOBID" },
  { name: "lsf", job: "LSB_JOBID", array: "LSB_JOBID", task: "LSB_JOBINDEX" },
];

/** Returns the batch system and job that this process belongs to, such as "slurm 1234_2"; undefined outside a job. */
export function batchJob(env: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const { name, array, task, job } of systems) {
    const id = env[job];
    if (id === undefined || id === "") {
      continue;
    }
    const index = task === undefined ? undefined : env[task];
    // LSF numbers the tasks of an array from 1, and sets 0 where there is no array.
    const isTask = index !== undefined && index !== "" && !(name === "lsf" && index === "0");
    return isTask ? `${name} ${env[array ?? job] ?? id}_${index}` : `${name} ${id}`;
  }
  return undefined;
}
