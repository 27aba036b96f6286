import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parallelScript, shardScript } from "../../src/cluster/parallel.js";
import { numberRanges, type ShardJob } from "../../src/cluster/shard-job.js";
import { clusterFile } from "../../src/results/paths.js";
import { temporaryFolder } from "../helpers/configs.js";

function oddJob(): ShardJob {
  const folder = join(temporaryFolder(), 'it\'s "a" $(sweep)\n`$HOME` * ;#');
  mkdirSync(join(folder, "cluster"), { recursive: true });
  const program = join(folder, "program");
  writeFileSync(program, `#!/bin/bash\nprintf '<%s>' "$@"\necho\n`);
  chmodSync(program, 0o755);
  return {
    name: "odd",
    folder,
    program: [program],
    flags: ["--only=a b"],
    count: 8,
    indices: [2, 3, 8],
    atOnce: 2,
  };
}

test("The script of a shard trains the one that its argument names, whatever the folder's path contains", () => {
  const job = oddJob();
  const text = execFileSync("bash", ["-c", shardScript(job), "shard.sh", "3"], { encoding: "utf8" });
  assert.equal(
    text,
    `<sweep><${clusterFile.config}><--output><.><--no-progress><--only=a b><--shard><3/8>\n`,
  );
});

test("The line of GNU parallel runs the script of each shard on the hosts, then the sweep is put together", () => {
  const job = oddJob();
  const bin = join(job.folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(job.folder, clusterFile.shard), shardScript(job));
  // In place of GNU parallel: prints its options, and has a shell run the line for each number after ":::".
  const fake = `#!/bin/bash
while [ "$1" != ::: ]; do options="$options<$1>"; line=$1; shift; done
shift
echo "$options" | head -c 60; echo
for number; do bash -c "\${line//\\{\\}/$number}"; done`;
  writeFileSync(join(bin, "parallel"), fake);
  chmodSync(join(bin, "parallel"), 0o755);
  const text = execFileSync("bash", ["-c", parallelScript(job, "host1,me@host2", ["--nice", "9"])], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  const lines = text.trim().split("\n");
  assert.equal(lines[0], "<--sshlogin><host1,me@host2><--jobs><2><--retries><3><--ssh>");
  assert.deepEqual(
    lines.slice(1).map((line) => line.replace(/.*<--shard>/, "")),
    ["<2/8>", "<3/8>", "<8/8>", "<merge><.>", "<report><.><--html>"],
  );
});

test("Numbers are written as ranges", () => {
  assert.equal(numberRanges([1, 2, 3, 4]), "1-4");
  assert.equal(numberRanges([2, 5, 7, 8, 9, 1000]), "2,5,7-9,1000");
  assert.equal(numberRanges([]), "");
});
