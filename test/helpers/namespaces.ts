import { spawnSync } from "node:child_process";

/** Why no namespaces can be made for tests; false if they can. */
export const noNamespaces: string | false =
  spawnSync("unshare", [...unshareWords("test"), "true"]).status === 0
    ? false
    : "needs Linux and the right to make PID and UTS namespaces";

/**
 * Returns a command that runs `command` as if on another machine or in another container: in a PID namespace of its own, where
 * it has pid 1, and under a host name. Killing the command ends everything in the namespace at once, like a power cut.
 */
export function inNamespaces(host: string, command: readonly string[]): readonly string[] {
  return ["unshare", ...unshareWords(host), ...command];
}

function unshareWords(host: string): readonly string[] {
  const flags = ["--pid", "--uts", "--mount-proc", "--fork", "--kill-child"];
  return [...flags, "sh", "-c", 'hostname "$0" && exec "$@"', host];
}
