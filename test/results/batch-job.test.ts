import assert from "node:assert/strict";
import { test } from "node:test";
import { arrayTask, batchJob } from "../../src/results/batch-job.js";

test("A process outside a batch job has no job", () => {
  assert.equal(batchJob({ PATH: "/bin", SLURM_JOB_ID: "" }), undefined);
});

test("A job is named by its batch system and number, a task of an array with its index", () => {
  assert.equal(batchJob({ SLURM_JOB_ID: "17" }), "slurm 17");
  const task = { SLURM_JOB_ID: "18", SLURM_ARRAY_JOB_ID: "17", SLURM_ARRAY_TASK_ID: "0" };
  assert.equal(batchJob(task), "slurm 17_0");
  assert.equal(batchJob({ PBS_JOBID: "12[3].server" }), "pbs 12[3].server");
  assert.equal(batchJob({ LSB_JOBID: "5", LSB_JOBINDEX: "0" }), "lsf 5");
  assert.equal(batchJob({ LSB_JOBID: "5", LSB_JOBINDEX: "2" }), "lsf 5_2");
});

test("The task of a job array is found by the variable of its batch system", () => {
  assert.deepEqual(arrayTask({ SLURM_JOB_ID: "18", SLURM_ARRAY_TASK_ID: "3" }), {
    index: "3",
    variable: "SLURM_ARRAY_TASK_ID",
  });
  assert.equal(arrayTask({ PBS_JOBID: "12[3].server", PBS_ARRAY_INDEX: "3" })?.index, "3");
  assert.equal(arrayTask({ SLURM_JOB_ID: "18" }), undefined);
  assert.equal(arrayTask({ LSB_JOBID: "5", LSB_JOBINDEX: "0" }), undefined);
  assert.equal(arrayTask({ SLURM_ARRAY_TASK_ID: "3" }), undefined);
});
