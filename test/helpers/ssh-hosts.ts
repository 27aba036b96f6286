import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inNamespaces, noNamespaces } from "./namespaces.js";

const sshd = "/usr/sbin/sshd";

/** Why no machines can be made that ssh and GNU parallel reach; false if they can. */
export const noSshHosts: string | false =
  noNamespaces ||
  (spawnSync(sshd, ["-V"]).error === undefined && spawnSync("parallel", ["--version"]).status === 0
    ? false
    : "needs ssh and GNU parallel: apt-get install --no-install-recommends openssh-server openssh-client parallel");

/** Machines with an ssh daemon: namespaces of this machine, each with a host name and process numbers of its own. */
export interface SshHosts {
  /** Environment in which `ssh NAME` reaches a machine without a password. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends all processes of a machine at once, like a power cut. */
  readonly cutPower: (name: string) => void;
  readonly close: () => void;
}

/** Starts machines with their files in an empty folder. @param variables environment of what ssh starts there */
export async function openSshHosts(
  folder: string,
  names: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<SshHosts> {
  const key = join(folder, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  // The daemon's own folder for dropping its rights.
  mkdirSync("/run/sshd", { recursive: true });
  const machines = new Map<string, ChildProcess>();
  const hosts: string[] = [];
  for (const name of names) {
    const port = await freePort();
    const setEnv = Object.entries(variables).map(([variable, value]) => `${variable}=${value}`);
    const lines = [
      "ListenAddress 127.0.0.1",
      `Port ${port}`,
      `HostKey ${key}`,
      `AuthorizedKeysFile ${key}.pub`,
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PidFile none",
      `SetEnv ${setEnv.join(" ")}`,
    ];
    const file = join(folder, `${name}.conf`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    const [command = "", ...words] = inNamespaces(name, [sshd, "-D", "-e", "-f", file]);
    machines.set(name, spawn(command, words, { stdio: "ignore" }));
    hosts.push(`Host ${name}\n  HostName 127.0.0.1\n  Port ${port}`);
  }
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const common = `Host *\n  IdentityFile ${key}\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n`;
  writeFileSync(join(folder, "config"), `${hosts.join("\n")}\n${common}`);
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${join(folder, "config")} "$@"\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  const env = { PATH: `${bin}${delimiter}${process.env.PATH}` };
  const close = (): void => {
    for (const machine of machines.values()) {
      machine.kill("SIGKILL");
    }
  };
  for (const name of names) {
    await reached(name, { ...process.env, ...env }, close);
  }
  return { env, cutPower: (name) => machines.get(name)?.kill("SIGKILL"), close };
}

async function reached(name: string, env: NodeJS.ProcessEnv, giveUp: () => void): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { status, stderr } = spawnSync("ssh", [name, "true"], { env, encoding: "utf8" });
    if (status === 0) {
      return;
    }
    if (attempt === 50) {
      giveUp();
      throw new Error(`ssh ${name}: ${stderr}`);
    }
    await sleep(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
