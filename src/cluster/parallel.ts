import { clusterFile, clusterLogsFolder } from "../results/paths.js";
import { shellLine } from "../shell-line.js";
import { endCommand, enterFolder, type ShardJob, shardCommand, useLocalCache } from "./shard-job.js";

// GNU parallel (https://www.gnu.org/software/parallel/) has no daemon: it runs as long as the sweep, and the person who
// starts it decides where. So segloss writes the scripts only.

/** A shard that fails is tried so many times, on another machine if there is one. */
const maxTries = 3;

/** Returns the script that trains one shard, whose number is its argument. */
export function shardScript(job: ShardJob): string {
  return `#!/bin/bash
# Trains one of ${job.count} shards of a sweep: bash shard.sh 1
${enterFolder(job)}
${useLocalCache}
exec ${shardCommand(job, "$1")}
`;
}

/**
 * Returns the script that trains shards on machines reached by ssh, then puts the sweep together.
 *
 * @param hosts as `--sshlogin` of GNU parallel takes them: "host1,user@host2"; ":" is this machine
 * @param further arguments for GNU parallel
 */
export function parallelScript(job: ShardJob, hosts: string, further: readonly string[]): string {
  const words = [
    ...["parallel", "--sshlogin", hosts, "--jobs", String(job.atOnce ?? 1), "--retries", String(maxTries)],
    // Without this, ssh waits for hours for a machine that has lost power.
    ...["--ssh", "ssh -o BatchMode=yes -o ServerAliveInterval=15 -o ServerAliveCountMax=3"],
    ...["--line-buffer", "--tag", "--joblog", `${clusterLogsFolder}/parallel.log`],
    ...further,
    // GNU parallel hands this line to the shell of the other machine.
    `${shellLine(["bash", `${job.folder}/${clusterFile.shard}`])} {}`,
  ];
  return `#!/bin/bash
# Trains shards of a sweep, of ${job.count} in all, on several machines with GNU parallel, then puts them together.
${enterFolder(job)}
${shellLine(words)} ::: ${job.indices.join(" ")}
${endCommand(job)}
`;
}
