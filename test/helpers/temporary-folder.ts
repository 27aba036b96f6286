import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

// Every test file runs in a process of its own, so the end of the process is the end of the file's tests,
// failed ones included.
process.on("exit", () => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Creates an empty folder in the temporary directory that is removed when the test file ends. */
export function createTemporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `segloss-${name}-`));
  folders.add(folder);
  return folder;
}
