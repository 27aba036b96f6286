// The other half of perform-sweep.ts: what `segloss sweep --dry-run` does instead.
import { runName } from "../../config/run-names.js";
import { type ExitCode, exitCode } from "../../errors.js";
import { readRunStates, viewSweepFolder } from "../../results/sweep/sweep-folder.js";
import { printLine, sweepSize } from "../../terminal/messages.js";
import { shardLines, shardName } from "./shard.js";
import { sweepNotes } from "./sweep-messages.js";
import type { SweepFlags, SweepRequest } from "./sweep-request.js";

/** Lists the runs of a sweep on stdout, each name after "done" or "to do". Writes no file. */
export async function dryRun(request: SweepRequest, flags: SweepFlags): Promise<ExitCode> {
  const { config, chosen, shard, cells, out, common } = request;
  const view = viewSweepFolder(out, config);
  const states = await readRunStates(out, chosen);
  const lines: string[] = [];
  const damaged = [...view.damage];
  let done = 0;
  for (const [run, found] of states) {
    const isDone = found.state === "done" && flags.rerun !== true;
    if (isDone) {
      done++;
    }
    if (found.state === "damaged") {
      damaged.push(found.reason);
    }
    lines.push(`${isDone ? "done " : "to do"}  ${runName(run)}\n`);
  }
  process.stdout.write(lines.join(""));
  if (!common.quiet) {
    damaged.forEach((reason) => {
      printLine(`damaged: ${reason}`);
    });
    for (const line of [
      ...sweepNotes(view, chosen),
      ...(shard === undefined ? [] : shardLines(shard.shards)),
    ]) {
      printLine(line);
    }
    const left = chosen.length - done;
    const own = shard === undefined ? "" : `${shardName(shard.part)}: `;
    printLine(`${own}${sweepSize(cells, chosen.length)}: ${done} done, ${left} to do in ${out}`);
  }
  return exitCode.ok;
}
