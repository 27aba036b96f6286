import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** Runs segloss from its source, so that no build is needed, and returns its exit code and what it wrote. */
export function segloss(args: readonly string[], input?: string | Buffer) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", program, ...args], {
    input,
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, text: stdout.toString(), stderr: stderr.toString() };
}

/** Creates a temporary folder that is removed after the test. */
export function temporaryFolder(context: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "segloss-figures-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
