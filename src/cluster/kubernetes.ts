import { fileSlug } from "../config/file-slug.js";
import { exitCode } from "../errors.js";
import { shellLine } from "../shell-line.js";
import { type ShardJob, shardWords } from "./shard-job.js";

// An Indexed Job: https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode

/** Where the pods of a Job find segloss and the folder of the sweep. */
export interface KubernetesPods {
  /** The container image; `segloss` is in its PATH. */
  readonly image: string;
  /** The PersistentVolumeClaim with the folder of the sweep. Several nodes must be able to write to it. */
  readonly claim: string;
  /** Where the claim is mounted, on this machine and in the pods. */
  readonly mount: string;
  /** Cores of a pod. */
  readonly cores: number;
  /** Of this submission: a Job cannot be changed, so each has a name of its own. */
  readonly number: number;
}

const containerName = "segloss";

/** A pod of a shard is started again so many times after it has failed. */
const retriesOfShard = 3;

/**
 * Returns the manifest of a Job with a pod for each shard, as JSON, which kubectl reads like YAML.
 *
 * A replacement starts only when the pod before it has ended, because two cannot train one shard. An interrupted pod, such as
 * one of a node that is drained, is replaced without being counted. A mistake in the command would recur, so it is not tried
 * again; without TensorFlow no shard can be trained, so the Job fails.
 */
export function kubernetesManifest(job: ShardJob, pods: KubernetesPods): string {
  return `${JSON.stringify(indexedJob(job, pods), undefined, 2)}\n`;
}

function indexedJob(job: ShardJob, { image, claim, mount, cores, number }: KubernetesPods): object {
  const pods = job.indices.length;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: jobName(job.name, number) },
    spec: {
      completionMode: "Indexed",
      completions: pods,
      parallelism: Math.min(job.atOnce ?? pods, pods),
      backoffLimitPerIndex: retriesOfShard,
      podReplacementPolicy: "Failed",
      podFailurePolicy: {
        rules: [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          ruleFor("Ignore", [exitCode.hungUp, exitCode.interrupted, exitCode.terminated]),
          ruleFor("FailIndex", [exitCode.usage]),
          ruleFor("FailJob", [exitCode.noTensorFlow]),
        ],
      },
      template: {
        spec: {
          restartPolicy: "Never",
          // segloss writes its checkpoints within seconds.
          terminationGracePeriodSeconds: 60,
          containers: [
            {
              name: containerName,
              image,
              workingDir: job.folder,
              command: podCommand(job),
              resources: { requests: { cpu: String(cores) } },
              volumeMounts: [{ name: "sweep", mountPath: mount }],
            },
          ],
          volumes: [{ name: "sweep", persistentVolumeClaim: { claimName: claim } }],
        },
      },
    },
  };
}

/** Returns the command of a pod: of the shards, which are its arguments, it trains the one at the index of the pod. */
function podCommand(job: ShardJob): readonly string[] {
  const sweep = shellLine(["segloss", ...shardWords(job)]);
  const script = `shift "$JOB_COMPLETION_INDEX"; exec ${sweep} --shard "$1/${job.count}"`;
  // Kubernetes reads "$$" as "$", and "$(NAME)" as a variable of its own.
  return ["sh", "-c", script.replaceAll("$", "$$$$"), "segloss", ...job.indices.map(String)];
}

function ruleFor(action: string, values: readonly number[]): object {
  return { action, onExitCodes: { containerName, operator: "In", values } };
}

/** The names of pods, which are longer, have at most 63 characters. */
function jobName(name: string, number: number): string {
  const slug = fileSlug(name).replaceAll(".", "-").slice(0, 30).replace(/-+$/, "");
  return `segloss-${slug}-${number}`;
}
