import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { SeglossError } from "../../src/errors.js";
import { checkSpace } from "../../src/setup/machine.js";
import { createSandbox, fakePython, type SetupResult, startNode, startSetup } from "../helpers/sandbox.js";

const python = fakePython("exit 1");
const compiler = "exit 0";

async function setUpWith(commands: Readonly<Record<string, string>>): Promise<SetupResult> {
  return await startSetup(createSandbox(commands).env, "--device", "cpu").ended;
}

/** Asserts that set-up ended with exit code 1 and these messages, without a stack. */
function assertFailed({ code, stderr }: SetupResult, ...messages: readonly RegExp[]): void {
  for (const pattern of messages) {
    assert.match(stderr, pattern);
  }
  assert.doesNotMatch(stderr, /\n\s+at |node:internal/);
  assert.equal(code, 1);
}

test("A missing Python is reported with the command that installs it", async () => {
  assertFailed(await setUpWith({ "g++": compiler }), /Python 3 is missing/, /Install it with ".+"/);
});

test("A Python 2 is reported as a missing Python 3", async () => {
  assertFailed(await setUpWith({ "g++": compiler, python3: "echo 2" }), /Python 3 is missing/);
});

test("A missing pip is reported with the command that installs it", async () => {
  const withoutPip = 'case "$1" in -c) echo 3 ;; *) echo "No module named pip" >&2; exit 1 ;; esac';
  assertFailed(
    await setUpWith({ "g++": compiler, python3: withoutPip }),
    /Python has no pip/,
    /Install it with ".+pip"/,
  );
});

test("A pip too old for the wheels' platform names is reported", async () => {
  const old = fakePython("exit 1", "9.0");
  assertFailed(
    await setUpWith({ "g++": compiler, python3: old }),
    /pip 9\.0 is too old/,
    /-m pip install --upgrade pip/,
  );
});

test("A missing compiler is reported before anything is downloaded", async () => {
  const { env, cache } = createSandbox({ python3: fakePython(': > "$dest/../downloaded"; exit 1') });
  const ended = await startSetup(env, "--device", "cpu").ended;
  assertFailed(ended, /A C\+\+ compiler is missing/, /Install it with ".+"/);
  assert.doesNotMatch(ended.stderr, /downloading/);
  assert.ok(!existsSync(`${cache}/downloaded`));
});

test("A missing Python and a missing compiler are reported together", async () => {
  assertFailed(await setUpWith({}), /Python 3 is missing/, /A C\+\+ compiler is missing/);
});

test("A cache folder that cannot be written is reported with the variable that changes it", async () => {
  const { env } = createSandbox({ "g++": compiler, python3: python });
  const ended = await startSetup({ ...env, SEGLOSS_CACHE: "/dev/null/cache" }, "--device", "cpu").ended;
  assertFailed(ended, /\/dev\/null\/cache/, /SEGLOSS_CACHE=/);
});

test("A compiler in CXX that does not run is reported", async () => {
  const { env } = createSandbox({ "g++": compiler, python3: python });
  const ended = await startSetup({ ...env, CXX: "no-such-compiler" }, "--device", "cpu").ended;
  assertFailed(ended, /compiler in CXX, no-such-compiler, does not run/);
});

test("A missing network is reported", async () => {
  const offline = fakePython(
    'echo "WARNING: Retrying after connection broken by NewConnectionError" >&2; exit 1',
  );
  assertFailed(
    await setUpWith({ "g++": compiler, python3: offline }),
    /No network: /,
    /pip config list/,
    /--pack FILE/,
  );
});

test("A wheel with another hash than the pinned one is reported", async () => {
  const changed = fakePython('echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1');
  assertFailed(await setUpWith({ "g++": compiler, python3: changed }), /does not have the pinned sha256/);
});

test("A disk that fills up during the download is reported", async () => {
  const full = fakePython('echo "ERROR: Could not install: [Errno 28] No space left on device" >&2; exit 1');
  assertFailed(await setUpWith({ "g++": compiler, python3: full }), /disk filled up/, /SEGLOSS_CACHE/);
});

test("A disk with too little space is reported before the download", () => {
  assert.throws(
    () => checkSpace(".", 1e18),
    (error) =>
      error instanceof SeglossError && /Not enough disk space/.test(error.message) && error.exitCode === 1,
  );
  assert.doesNotThrow(() => checkSpace(".", 1));
});

test("A Node that is too old is reported", async () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.19.0"}})';
  assertFailed(
    await startNode(["--import", pretend, "scripts/setup.mjs"], createSandbox({}).env).ended,
    /Node 18\.19\.0 is too old/,
    /nvm install/,
  );
});

test("An unknown device is a usage error", async () => {
  const { code, stderr } = await startSetup(createSandbox({}).env, "--device", "tpu").ended;
  assert.equal(code, 2);
  assert.match(stderr, /--device .*tpu/);
  assert.match(stderr, /Allowed choices are auto, cpu, gpu/);
});
