import { basename, resolve } from "node:path";
import { kubernetesManifest } from "../../cluster/kubernetes.js";
import { parallelScript, shardScript } from "../../cluster/parallel.js";
import { droppedDefaults, queuedTasks, type SlurmJob, submitScript } from "../../cluster/sbatch.js";
import type { ShardJob } from "../../cluster/shard-job.js";
import { arrayWords, endJobWords, slurmEndScript, slurmTaskScript } from "../../cluster/slurm.js";
import { readSubmission, type Submission, writeScripts, writeSubmission } from "../../cluster/submission.js";
import { installationFolders, refuseLocalFolder } from "../../cluster/visible-folders.js";
import { fileSlug } from "../../config/file-slug.js";
import { type ExitCode, exitCode, SeglossError } from "../../errors.js";
import { programFile } from "../../installation.js";
import { clusterFile } from "../../results/paths.js";
import { openSweepFolder, viewSweepFolder } from "../../results/sweep/sweep-folder.js";
import { printLine } from "../../terminal/messages.js";
import { planShards, type ShardPlan } from "./shard-plan.js";
import {
  defaultsNote,
  mergeLines,
  planLines,
  shardList,
  startLines,
  submittedLines,
} from "./submit-messages.js";
import type { SubmitFlags, SubmitRequest } from "./submit-request.js";

/** Texts by path within the folder of the sweep. */
type Scripts = Readonly<Record<string, string>>;

/**
 * Writes and prints the scripts of a submission, and submits them to Slurm. Throws SeglossError for folders that other machines
 * cannot see, without set-up, while another sweep uses the folder, and if Slurm refuses the scripts.
 */
export async function submitSweep(request: SubmitRequest, flags: SubmitFlags): Promise<ExitCode> {
  const { sweep, engine } = request;
  const print = sweep.common.quiet ? () => {} : printLine;
  viewSweepFolder(sweep.out, sweep.config);
  if (flags.allowLocal !== true) {
    refuseLocalFolders(request);
  }
  const plan = await planShards(request);
  const before = readSubmission(sweep.out);
  const waiting = arraysInQueue(before, plan);
  const queued = waiting.flatMap(({ tasks }) => tasks).toSorted((a, b) => a - b);
  const indices = plan.incomplete.map(({ part }) => part.index).filter((index) => !queued.includes(index));
  planLines(plan, indices, queued).forEach(print);
  defaultsNote(engine.name === "slurm" ? droppedDefaults() : []).forEach(print);
  if (indices.length === 0) {
    (queued.length > 0 ? [] : mergeLines(sweep.out)).forEach(print);
    return exitCode.ok;
  }
  const number = (before?.number ?? 0) + 1;
  const job = shardJob(request, plan, indices);
  const scripts = scriptsOf(request, job, number);
  if (flags.dryRun) {
    printScripts(scripts);
    shardList(plan).forEach(print);
    return exitCode.ok;
  }
  await requireSetup(request);
  await createSweepFolder(request, plan, indices, print);
  writeScripts(sweep.out, sweep.config, scripts);
  if (!sweep.common.quiet) {
    printScripts(scripts);
  }
  const submission: Submission = {
    engine: engine.name,
    number,
    division: plan.division.id,
    arrays: waiting.map(({ array }) => array),
    end: undefined,
  };
  if (engine.name === "slurm") {
    const { array, end } = submitToSlurm(job, engine, submission);
    submittedLines(sweep.out, array, end, indices.length).forEach(print);
  } else {
    writeSubmission(sweep.out, submission);
    startLines(sweep.out, engine.name).forEach(print);
  }
  return exitCode.ok;
}

/** In a pod of Kubernetes segloss is that of the image. */
function refuseLocalFolders({ sweep, engine }: SubmitRequest): void {
  refuseLocalFolder("the output folder", sweep.out, "choose another --output");
  if (engine.name !== "kubernetes") {
    for (const { what, path } of installationFolders()) {
      refuseLocalFolder(what, path, "install segloss where all machines see it");
    }
  }
}

/** A job array that has tasks in the queue. */
interface WaitingArray {
  readonly array: SlurmJob;
  readonly tasks: readonly number[];
}

/** Returns what is in Slurm's queue of earlier submissions. Throws SeglossError if they divided the sweep in another way. */
function arraysInQueue(before: Submission | undefined, plan: ShardPlan): readonly WaitingArray[] {
  const waiting = (before?.arrays ?? [])
    .map((array) => ({ array, tasks: queuedTasks(array) }))
    .filter(({ tasks }) => tasks.length > 0);
  if (waiting.length > 0 && before?.division !== plan.division.id) {
    const ids = waiting.map(({ array }) => array.id).join(" ");
    throw new SeglossError(
      `job ${ids} is still in the queue, and divides the sweep in another way; give the same --shards and --only, or end it: scancel ${ids}`,
      { exitCode: exitCode.usage },
    );
  }
  return waiting;
}

function shardJob(
  { sweep, atOnce, shardFlags }: SubmitRequest,
  plan: ShardPlan,
  indices: readonly number[],
): ShardJob {
  const folder = resolve(sweep.out);
  return {
    name: fileSlug(basename(folder)),
    folder,
    program: [process.execPath, programFile],
    flags: shardFlags,
    count: plan.division.count,
    indices,
    atOnce,
  };
}

function scriptsOf({ engine }: SubmitRequest, job: ShardJob, number: number): Scripts {
  switch (engine.name) {
    case "slurm":
      return { [clusterFile.tasks]: slurmTaskScript(job), [clusterFile.end]: slurmEndScript(job) };
    case "parallel":
      return {
        [clusterFile.shard]: shardScript(job),
        [clusterFile.parallel]: parallelScript(job, engine.hosts, engine.words),
      };
    case "kubernetes":
      return { [clusterFile.job]: kubernetesManifest(job, { ...engine, number }) };
  }
}

/** Prints scripts to stdout, each after its path if there are several. */
function printScripts(scripts: Scripts): void {
  const entries = Object.entries(scripts);
  const texts = entries.map(([path, text]) => (entries.length === 1 ? text : `==> ${path} <==\n${text}`));
  process.stdout.write(texts.join("\n"));
}

/** Throws SeglossError if TensorFlow's library is not installed or not complete. */
async function requireSetup({ engine }: SubmitRequest): Promise<void> {
  if (engine.name === "kubernetes") {
    return;
  }
  const { checkInstallation } = await import("../../doctor/doctor.js");
  const { state, name, detail, remedy } = checkInstallation();
  if (state === "wrong") {
    throw new SeglossError(`${name}: ${detail}; every task would fail. To repair it: ${remedy}`, {
      exitCode: exitCode.noTensorFlow,
    });
  }
}

/**
 * Creates the sweep's folder with its config and division. It is locked for that as by one of the shards: then no sweep uses it
 * that would have them refused.
 */
async function createSweepFolder(
  { sweep }: SubmitRequest,
  { division }: ShardPlan,
  [index = 1]: readonly number[],
  onWait: (line: string) => void,
): Promise<void> {
  const part = { index, count: division.count };
  const folder = await openSweepFolder(sweep.out, sweep.config, { shard: { part, division }, onWait });
  folder?.close();
}

/** Submits the job array and the job after it. What was submitted is stored at once, also if the second is refused. */
function submitToSlurm(
  job: ShardJob,
  { words, sbatch }: Extract<SubmitRequest["engine"], { readonly name: "slurm" }>,
  submission: Submission,
): { readonly array: SlurmJob; readonly end: SlurmJob } {
  const array = submitScript(arrayWords(words), job.folder);
  const arrays = [array, ...submission.arrays];
  writeSubmission(job.folder, { ...submission, arrays });
  const end = submitScript(endJobWords(array.id, sbatch.forEnd), job.folder);
  writeSubmission(job.folder, { ...submission, arrays, end });
  return { array, end };
}
