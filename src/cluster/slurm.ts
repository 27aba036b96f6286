import { clusterFile, clusterLogsFolder } from "../results/paths.js";
import {
  endCommand,
  enterFolder,
  numberRanges,
  type ShardJob,
  shardCommand,
  useLocalCache,
} from "./shard-job.js";

// The batch scripts of Slurm. Paths in #SBATCH lines are relative to the folder that sbatch is started in, which is that of the
// sweep: Slurm has rules of its own for quoting there.

/** Slurm sends USR1 to a task so many seconds before its time limit. It may come up to a minute early. */
export const limitSignalSeconds = 180;

/** A task that meets its time limit is put back into the queue until it has been started so many times. */
const maxStarts = 100;

/**
 * Returns the script of a job array, of which task I trains shard I.
 *
 * segloss runs beside the shell, which waits for it: bash handles signals only between commands, and with cgroups Slurm
 * signals nothing but the shell. At SIGTERM, as of scancel or preemption, segloss writes checkpoints and ends, and so does
 * the task. USR1, just before the time limit, does the same but then requeues the task. Nothing else may do so, or scancel
 * could not end it: https://slurm.schedmd.com/sbatch.html#OPT_signal
 */
export function slurmTaskScript(job: ShardJob): string {
  const tasks = numberRanges(job.indices) + (job.atOnce === undefined ? "" : `%${job.atOnce}`);
  return `#!/bin/bash
# A job array that trains shards of a sweep: task I trains shard I of ${job.count}.
#SBATCH --job-name=${job.name}
#SBATCH --array=${tasks}
#SBATCH --cpus-per-task=1
# After preemption or the failure of a node, Slurm starts a task again, and it resumes from its checkpoints.
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${clusterLogsFolder}/%A_%a.log
# Before the time limit the shell gets USR1.
#SBATCH --signal=B:USR1@${limitSignalSeconds}

${enterFolder(job)}
${useLocalCache}

child= signals=0 ended=no limit=no
pass_on() {
  signals=$((signals + 1))
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap 'ended=yes; pass_on' TERM
trap 'limit=yes; pass_on' USR1

${shardCommand(job, "$SLURM_ARRAY_TASK_ID")} &
child=$!
# A signal may have come before the number of the child was known.
[ "$signals" = 0 ] || kill -TERM "$child" 2>/dev/null
# A signal ends "wait", but not the child.
seen=
until [ "$seen" = "$signals" ]; do
  seen=$signals
  wait "$child"
  code=$?
done
child=

# Only the time limit puts the task back into the queue: after scancel it must end.
if [ "$limit$ended$code" = yesno143 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${maxStarts - 1} ]; then
  echo "Requeued at the time limit, start $((\${SLURM_RESTART_COUNT:-0} + 1))."
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" &&
    # Slurm now ends this shell.
    for second in {1..60}; do [ "$ended" = yes ] || sleep 1; done
fi
exit "$code"
`;
}

/**
 * Returns the script of the job that comes after the array. It may start after any end of the array, also after scancel, so it
 * only puts together what is there.
 */
export function slurmEndScript(job: ShardJob): string {
  return `#!/bin/bash
# Puts the shards of a sweep together and writes its report, once they have all ended. It trains nothing.
#SBATCH --job-name=${job.name}-end
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${clusterLogsFolder}/%j-end.log

${enterFolder(job)}
${endCommand(job)}
`;
}

/** Returns the words that submit the array from the folder of the sweep. Arguments of the user replace those of the script. */
export function arrayWords(engineArguments: readonly string[]): readonly string[] {
  return ["sbatch", "--parsable", ...engineArguments, clusterFile.tasks];
}

/** Returns the words that submit the job after an array. */
export function endJobWords(array: string, engineArguments: readonly string[]): readonly string[] {
  return ["sbatch", "--parsable", `--dependency=afterany:${array}`, ...engineArguments, clusterFile.end];
}
