import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** How a program ended, and everything that it wrote. */
export interface ProgramResult {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program in a folder; `env` is added to the environment. */
export async function segloss(
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ProgramResult> {
  requireBuild();
  return shell(process.execPath, [cli, ...words], cwd, env);
}

/** Runs the built program in this folder, with a text as its standard input, and waits until it has ended. */
export function seglossSync(words: readonly string[], input = ""): ProgramResult {
  requireBuild();
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { code: status ?? signal, out: stdout, err: stderr };
}

/** Runs a shell command in which "$segloss" is the built program; `env` is added to the environment. */
export async function segloss$(
  line: string,
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ProgramResult> {
  return shell(
    "bash",
    ["-c", `set -o pipefail; ${line.replaceAll("$segloss", `'${process.execPath}' '${cli}'`)}`],
    cwd,
    env,
  );
}

function requireBuild(): void {
  if (!existsSync(cli)) {
    throw new Error("the program is not built: npm run build");
  }
}

async function shell(
  file: string,
  words: readonly string[],
  cwd: string,
  added: NodeJS.ProcessEnv = {},
): Promise<ProgramResult> {
  const env = { ...process.env, NO_COLOR: "1", npm_command: "", ...added };
  const child = spawn(file, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? signal, out, err }));
  });
}
