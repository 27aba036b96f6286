import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import { gridRuns } from "../../src/config/grid.js";
import { cellFolder } from "../../src/results/paths.js";
import { createSweepFile } from "../../src/results/sweep/sweep-file.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";
import { seglossSync } from "../helpers/program.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

test("segloss export writes the finished runs of a sweep, says what is left out, and refuses what it cannot do", async () => {
  const folder = createTemporaryFolder("export");
  const sweep = join(folder, "sweep");
  const runs = gridRuns(smallConfig);
  mkdirSync(sweep);
  for (const run of runs) {
    finishRun(sweep, run);
  }
  createSweepFile(sweep, smallConfig);
  rmSync(cellFolder(sweep, runs[0] ?? assert.fail()), { recursive: true });
  const file = join(folder, "all.parquet");
  const places = ["--parquet", file, "--tensorboard", join(folder, "events")];
  const { code, err } = seglossSync(["export", sweep, ...places]);
  assert.equal(code, 0, err);
  assert.match(err, /^left out: 2 not started\n(?: {2}.*\n)*2 runs in .*all\.parquet\n2 runs in .*events\n$/);
  const { row_groups, num_rows } = await parquetMetadataAsync(await asyncBufferFromFile(file));
  assert.deepEqual([row_groups.length, num_rows], [2, 6n]);
  assert.equal(readdirSync(join(folder, "events"), { recursive: true }).length, 1 + 2 * 3);
  const wrong = seglossSync(["export", sweep, "--every", "0"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /no format; allowed: --parquet FILE, --tensorboard DIR, or both\n.*--every/);
});
