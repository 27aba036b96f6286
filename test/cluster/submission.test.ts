import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { droppedDefaults, slurmEnvironment } from "../../src/cluster/sbatch.js";
import {
  readSubmission,
  type Submission,
  writeScripts,
  writeSubmission,
} from "../../src/cluster/submission.js";
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
  const arrays = [{ id: "12", cluster: "east" }, { id: "7" }];
  const submission: Submission = { engine: "slurm", number: 2, division: "abc", arrays, end: { id: "13" } };
  writeSubmission(folder, submission);
  assert.deepEqual(readSubmission(folder), { version: 1, ...submission });
  const damaged = { version: 1, ...submission, arrays: [{ id: "1; rm" }] };
  writeFileSync(join(folder, clusterFile.submission), JSON.stringify(damaged));
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

test("Defaults of the user that sbatch does not get are named, but not those that a job has inherited", () => {
  assert.deepEqual(droppedDefaults({ SBATCH_ACCOUNT: "a", SLURM_CONF: "/c" }), ["SBATCH_ACCOUNT"]);
  assert.deepEqual(droppedDefaults({ SBATCH_ACCOUNT: "a", SLURM_JOB_ID: "1" }), []);
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
