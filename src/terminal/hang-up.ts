/**
 * Ends a program that SIGHUP has stopped, by that signal: its exit code is the same, and Node, which at an exit by itself
 * sets the terminal right, would abort where that is gone.
 */
export function hangUp(): void {
  process.removeAllListeners("SIGHUP");
  process.kill(process.pid, "SIGHUP");
}
