import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { removeAbandonedFolders } from "../../src/setup/partial-folder.js";
import { createSandbox, fakePython, startSetup } from "../helpers/sandbox.js";

/** A pip that never ends. It has begun a download when `downloading` in the cache holds its process id. */
const endlessPython = fakePython(
  'echo part > "$dest/tensorflow.whl.part"; echo $$ > "$SEGLOSS_CACHE/downloading"; exec /bin/sleep 60',
);

/** Waits for endlessPython's download and returns its process id. */
async function waitForDownload(cache: string): Promise<number> {
  const file = join(cache, "downloading");
  for (;;) {
    const id = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (id > 0) {
      return id;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("A set-up that is killed during a download leaves only a partial folder, which the next one removes", async () => {
  const { env, cache } = createSandbox({ "g++": "exit 0", python3: endlessPython });
  const { child, ended } = startSetup(env, "--device", "cpu");
  const pip = await waitForDownload(cache);
  child.kill("SIGKILL");
  process.kill(pip);
  await ended;
  const left = readdirSync(cache).filter((name) => name !== "downloading");
  assert.equal(left.length, 1);
  assert.match(left[0] ?? "", /^partial-/);
  await removeAbandonedFolders(cache);
  assert.deepEqual(readdirSync(cache), ["downloading"]);
});

test("A set-up that is interrupted removes its partial folder and ends with exit code 130", async () => {
  const { env, cache } = createSandbox({ "g++": "exit 0", python3: endlessPython });
  const { child, ended } = startSetup(env, "--device", "cpu");
  await waitForDownload(cache);
  child.kill("SIGINT");
  assert.equal((await ended).code, 130);
  assert.deepEqual(readdirSync(cache), ["downloading"]);
});
