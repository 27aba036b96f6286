import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** Runs segloss as a user does. */
export function segloss(args: readonly string[], input?: string | Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", program, ...args], {
    input,
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, text: stdout.toString(), stderr: stderr.toString() };
}

/** A folder that is gone after the test. */
export function scratch(context: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "segloss-figures-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
