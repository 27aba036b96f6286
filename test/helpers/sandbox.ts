import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTemporaryFolder } from "./temporary-folder.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A machine as set-up sees it: a PATH with only the given commands, and an empty cache. */
export interface Sandbox {
  readonly folder: string;
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Creates a sandbox that is removed when the test file ends. @param commands shell text by command name */
export function createSandbox(commands: Readonly<Record<string, string>>): Sandbox {
  const folder = createTemporaryFolder("setup");
  const bin = join(folder, "bin");
  const cache = join(folder, "cache");
  mkdirSync(bin);
  for (const [name, text] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return {
    folder,
    cache,
    env: {
      PATH: bin,
      HOME: folder,
      SEGLOSS_CACHE: cache,
      SEGLOSS_SYSTEM_CACHE: "",
      PIP_CONFIG_FILE: "/dev/null",
    },
  };
}

export interface SetupResult {
  readonly code: number | null;
  readonly stderr: string;
}

export interface StartedSetup {
  readonly child: ChildProcess;
  readonly ended: Promise<SetupResult>;
}

/** Starts a Node program of this checkout in a sandbox. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv): StartedSetup {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr }))) };
}

/** Starts `segloss setup`. */
export function startSetup(env: NodeJS.ProcessEnv, ...args: readonly string[]): StartedSetup {
  return startNode(["--import", "tsx", "src/cli.ts", "setup", ...args], env);
}

/**
 * Returns the shell text of a Python with a pip. `download` is the shell text of `pip download`; `$dest` is
 * its folder.
 */
export function fakePython(download: string, pipVersion = "24.0"): string {
  return `
case "$1 $2 $3" in
  "-c "*) echo 3 ;;
  "-m pip --version") echo "pip ${pipVersion} from /nowhere (python 3.11)" ;;
  "-m pip download")
    while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
    ${download} ;;
  *) exit 9 ;;
esac`;
}
