import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type KubernetesPods, kubernetesManifest } from "../../src/cluster/kubernetes.js";
import type { ShardJob } from "../../src/cluster/shard-job.js";
import { temporaryFolder } from "../helpers/configs.js";

const schema = JSON.parse(readFileSync(new URL("../helpers/kubernetes-job.json", import.meta.url), "utf8"));
// The schema names formats of Kubernetes, such as int32, which only narrow numbers.
const isValid = new Ajv2020({
  strict: false,
  formats: { int32: true, int64: true, "date-time": true, byte: true },
}).compile(schema);
const job: ShardJob = {
  name: "full.2",
  folder: "/sweeps/it's $(HOME) $$",
  program: ["/usr/bin/node", "/elsewhere/cli.js"],
  flags: ["--only=loss=dice, cce", "--jobs=2"],
  count: 8,
  indices: [2, 3, 8],
  atOnce: undefined,
};
const pods: KubernetesPods = {
  image: "registry/segloss:1",
  claim: "sweeps",
  mount: "/sweeps",
  cores: 2,
  number: 3,
};

function manifest(changes: Partial<ShardJob> = {}) {
  return JSON.parse(kubernetesManifest({ ...job, ...changes }, pods));
}

test("The manifest fulfills the published schema of a Job, which refuses it with a misspelled field or a wrong type", () => {
  assert.ok(isValid(manifest()), JSON.stringify(isValid.errors));
  const misspelled = manifest();
  misspelled.spec.backoffLimitPerIndx = 3;
  assert.ok(!isValid(misspelled));
  const wrong = manifest();
  wrong.spec.template.spec.containers[0].command = "segloss";
  assert.ok(!isValid(wrong));
});

test("A Job has an index for each shard that is left, replaces pods only after their end, and judges them by exit code", () => {
  const { metadata, spec } = manifest();
  assert.equal(metadata.name, "segloss-full-2-3");
  assert.deepEqual(
    [
      spec.completionMode,
      spec.completions,
      spec.parallelism,
      spec.backoffLimitPerIndex,
      spec.podReplacementPolicy,
    ],
    ["Indexed", 3, 3, 3, "Failed"],
  );
  assert.equal(manifest({ atOnce: 2 }).spec.parallelism, 2);
  const rules = spec.podFailurePolicy.rules.map(
    ({ action, onExitCodes }: { action: string; onExitCodes?: { values: readonly number[] } }) =>
      `${action} ${onExitCodes?.values ?? "disruption"}`,
  );
  assert.deepEqual(rules, ["Ignore disruption", "Ignore 129,130,143", "FailIndex 2", "FailJob 3"]);
  assert.equal(spec.template.spec.restartPolicy, "Never");
});

test("The pod of each index trains its shard of the image's segloss, whatever the flags contain", () => {
  const bin = temporaryFolder();
  writeFileSync(join(bin, "segloss"), `#!/bin/sh\nprintf '<%s>' "$@"\n`);
  chmodSync(join(bin, "segloss"), 0o755);
  const [container] = manifest().spec.template.spec.containers;
  assert.equal(container.workingDir, job.folder);
  for (const [index, shard] of job.indices.entries()) {
    const [command, ...words]: readonly string[] = container.command.map(expanded);
    const text = execFileSync(command ?? "", words, {
      encoding: "utf8",
      env: { PATH: `${bin}:${process.env.PATH}`, JOB_COMPLETION_INDEX: String(index) },
    });
    assert.match(text, new RegExp(`^<sweep>.*<--only=loss=dice, cce><--jobs=2><--shard><${shard}/8>$`));
  }
});

/** Expands a word of a command as Kubernetes does, in a pod that has no variables. */
function expanded(word: string): string {
  return word.replace(/\$\$|\$\(\w+\)/g, (match) => (match === "$$" ? "$" : match));
}
