import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { checkSpace } from "../../scripts/setup/prerequisites.js";
import { SeglossError } from "../../src/errors.js";
import { type Ended, fakePython, makeSandbox, startNode, startProvide } from "../helpers/sandbox.js";

const python = fakePython("exit 1");
const compiler = "exit 0";

async function provideWith(commands: Readonly<Record<string, string>>): Promise<Ended> {
  return await startProvide(makeSandbox(commands).env, "--device", "cpu").ended;
}

/** One plain sentence and a command, exit code 1, no stack. */
function assertTold({ code, stderr }: Ended, ...said: readonly RegExp[]): void {
  for (const pattern of said) {
    assert.match(stderr, pattern);
  }
  assert.doesNotMatch(stderr, /\n\s+at |node:internal/);
  assert.equal(code, 1);
}

describe("set-up says what is missing", { concurrency: 2 }, () => {
  it("Python", async () => {
    assertTold(await provideWith({ "g++": compiler }), /Python 3 is missing/, /Install it with ".+"/);
  });

  it("a Python that is version 2", async () => {
    assertTold(await provideWith({ "g++": compiler, python3: "echo 2" }), /Python 3 is missing/);
  });

  it("pip", async () => {
    const withoutPip = 'case "$1" in -c) echo 3 ;; *) echo "No module named pip" >&2; exit 1 ;; esac';
    assertTold(
      await provideWith({ "g++": compiler, python3: withoutPip }),
      /Python has no pip/,
      /Install it with ".+pip"/,
    );
  });

  it("a pip that knows the wheels' platform names", async () => {
    const old = fakePython("exit 1", "9.0");
    assertTold(
      await provideWith({ "g++": compiler, python3: old }),
      /pip 9\.0 is too old/,
      /-m pip install --upgrade pip/,
    );
  });

  it("a compiler, before anything is downloaded", async () => {
    const { env, cache } = makeSandbox({ python3: fakePython(': > "$dest/../downloaded"; exit 1') });
    const ended = await startProvide(env, "--device", "cpu").ended;
    assertTold(ended, /A C\+\+ compiler is missing/, /Install it with ".+"/);
    assert.doesNotMatch(ended.stderr, /downloading/);
    assert.ok(!existsSync(`${cache}/downloaded`));
  });

  it("Python and a compiler at once", async () => {
    assertTold(await provideWith({}), /Python 3 is missing/, /A C\+\+ compiler is missing/);
  });

  it("a cache folder that can be written", async () => {
    const { env } = makeSandbox({ "g++": compiler, python3: python });
    const ended = await startProvide({ ...env, SEGLOSS_CACHE: "/dev/null/cache" }, "--device", "cpu").ended;
    assertTold(ended, /\/dev\/null\/cache/, /SEGLOSS_CACHE=/);
  });

  it("the compiler that CXX names", async () => {
    const { env } = makeSandbox({ "g++": compiler, python3: python });
    const ended = await startProvide({ ...env, CXX: "no-such-compiler" }, "--device", "cpu").ended;
    assertTold(ended, /compiler in CXX, no-such-compiler, does not run/);
  });

  it("the network", async () => {
    const offline = fakePython(
      'echo "WARNING: Retrying after connection broken by NewConnectionError" >&2; exit 1',
    );
    assertTold(await provideWith({ "g++": compiler, python3: offline }), /No network: /, /pip config list/);
  });

  it("a wheel that is not the pinned one", async () => {
    const changed = fakePython('echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1');
    assertTold(await provideWith({ "g++": compiler, python3: changed }), /sha256 is not the pinned one/);
  });

  it("room on the disk while downloading", async () => {
    const full = fakePython(
      'echo "ERROR: Could not install: [Errno 28] No space left on device" >&2; exit 1',
    );
    assertTold(await provideWith({ "g++": compiler, python3: full }), /disk filled up/, /SEGLOSS_CACHE/);
  });

  it("room on the disk beforehand", () => {
    assert.throws(
      () => checkSpace(".", 1e18),
      (error) =>
        error instanceof SeglossError && /Not enough disk space/.test(error.message) && error.exitCode === 1,
    );
    assert.doesNotThrow(() => checkSpace(".", 1));
  });

  it("a newer Node", async () => {
    const pretend =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.19.0"}})';
    assertTold(
      await startNode(["--import", pretend, "scripts/setup.mjs"], makeSandbox({}).env).ended,
      /Node 18\.19\.0 is too old/,
      /nvm install/,
    );
  });

  it("a device that there is", async () => {
    const { code, stderr } = await startProvide(makeSandbox({}).env, "--device", "tpu").ended;
    assert.equal(code, 2);
    assert.match(stderr, /--device tpu/);
    assert.match(stderr, /Usage: npm run setup \[-- --device auto\|cpu\|gpu\]/);
  });
});
