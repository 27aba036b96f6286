// Runs segloss commands in one process, as main.js would each, and reports on each over the IPC channel: starting a process
// takes longer than most commands. Run with --expose-gc.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , main = ""] = process.argv;
const written = { out: "", err: "" };
for (const [stream, name] of [
  [process.stdout, "out"],
  [process.stderr, "err"],
]) {
  stream.write = (chunk, encoding, callback) => {
    written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const done = typeof encoding === "function" ? encoding : callback;
    done?.();
    return true;
  };
}
let count = 0;
/** What a command leaves behind is only worth the time to free it from here on. */
const largeBytes = 250 * 2 ** 20;

process.on("message", async ({ home, commands }) => {
  process.chdir(home);
  Object.assign(process.env, { NO_COLOR: "1", HOME: `${home}/home`, TMPDIR: `${home}/home` });
  for (const words of commands) {
    process.send(await run(words));
  }
});

/** Runs one command from a fresh main.js. The modules that it loads are shared, and hold nothing of a command. */
async function run(words) {
  Object.assign(written, { out: "", err: "" });
  process.argv = [process.execPath, main, ...words];
  process.exitCode = 0;
  if (process.memoryUsage.rss() > largeBytes) {
    globalThis.gc();
  }
  resetPeakMemory();
  const cpu = process.cpuUsage();
  await import(`${pathToFileURL(main)}?${count++}`);
  const { user, system } = process.cpuUsage(cpu);
  const { exitCode: code } = process;
  process.exitCode = 0;
  // What main.js listens to, for the whole process that it otherwise has for itself.
  process.removeAllListeners("uncaughtException");
  process.stdout.removeAllListeners("error");
  process.stderr.removeAllListeners("error");
  return { words, code, ...written, seconds: (user + system) / 1e6, megabytes: peakMegabytes() };
}

/** Makes the kernel measure the highest memory from now on. */
function resetPeakMemory() {
  writeFileSync("/proc/self/clear_refs", "5");
}

function peakMegabytes() {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
