import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { slurmEnvironment } from "../../src/cluster/sbatch.js";
import { readSubmission, writeScripts, writeSubmission } from "../../src/cluster/submission.js";
import { findLocalReason } from "../../src/cluster/visible-folders.js";
import { hashConfig } from "../../src/config/hash.js";
import { loadConfig } from "../../src/config/load.js";
import { validateConfig } from "../../src/config/validate.js";
import { clusterFile } from "../../src/results/paths.js";
import { temporaryFolder } from "../helpers/configs.js";

test("The copy of a config is a config file of the same hash, also with grids", () => {
  const folder = temporaryFolder();
  const grids = [{ loss: ["dice"] }, { loss: ["cce"], learningRate: [0.1, 0.01] }];
  for (const raw of [
    { loss: ["cce", "dice"], runs: 3, threshold: [0.05, 0.5] },
    { grids, steps: 9 },
  ]) {
    const checked = validateConfig(raw, { flags: new Map() });
    assert.ok("config" in checked);
    writeScripts(folder, checked.config, { [clusterFile.tasks]: "text" });
    const copy = loadConfig(join(folder, clusterFile.config));
    assert.ok("config" in copy, JSON.stringify(copy));
    assert.equal(hashConfig(copy.config), hashConfig(checked.config));
  }
  assert.deepEqual(readdirSync(join(folder, "cluster")).toSorted(), ["config.json", "logs", "tasks.sh"]);
  assert.equal(readFileSync(join(folder, clusterFile.tasks), "utf8"), "text");
});

test("A submission is read as it was written; a damaged one counts as none", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "cluster"));
  assert.equal(readSubmission(folder), undefined);
  const jobs = [
    { id: "12", cluster: "east" },
    { id: "13", cluster: undefined },
  ];
  const submission = { engine: "slurm", number: 2, division: "abc", jobs } as const;
  writeSubmission(folder, submission);
  assert.deepEqual(readSubmission(folder), {
    version: 1,
    ...submission,
    jobs: [{ id: "12", cluster: "east" }, { id: "13" }],
  });
  writeFileSync(
    join(folder, clusterFile.submission),
    '{"version":1,"engine":"slurm","number":2,"division":"","jobs":[{"id":"1; rm"}]}',
  );
  assert.equal(readSubmission(folder), undefined);
});

test("sbatch gets no variable of Slurm but the one that says where it is", () => {
  const env = {
    PATH: "/bin",
    SLURM_CONF: "/etc/slurm.conf",
    SLURM_JOB_ID: "1",
    SBATCH_ACCOUNT: "a",
    SLURMISH: "x",
  };
  assert.deepEqual(slurmEnvironment(env), { PATH: "/bin", SLURM_CONF: "/etc/slurm.conf", SLURMISH: "x" });
});

test("Folders for temporary files and in memory are known to be local, also through a link; others are not", () => {
  const home = temporaryFolder();
  assert.match(
    findLocalReason(join(home, "not/there")) ?? "",
    /^it is in \/tmp, which every machine has for itself$/,
  );
  assert.match(findLocalReason("/dev/shm/x") ?? "", /^it is in \/dev,/);
  symlinkSync("/var/tmp", join(home, "link"));
  assert.match(findLocalReason(join(home, "link/x")) ?? "", /\/(?:var\/)?tmp,/);
  assert.equal(findLocalReason("/usr/not-there/x"), undefined);
  assert.match(
    findLocalReason("/usr/scratch/x", { SLURM_TMPDIR: "/usr/scratch" }) ?? "",
    /^it is in \/usr\/scratch,/,
  );
  assert.equal(findLocalReason("/tmpx"), undefined);
});
