// Runs several segloss commands in one process, as cli.js would each, and reports on each over the IPC channel. One process
// for all commands on a case, since starting one takes longer than most commands.

import { pathToFileURL } from "node:url";

const { cli, commands } = JSON.parse(process.argv[2] ?? "");
const written = { out: "", err: "" };
for (const [stream, name] of [
  [process.stdout, "out"],
  [process.stderr, "err"],
]) {
  stream.setMaxListeners(100);
  stream.write = (chunk, encoding, callback) => {
    written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const done = typeof encoding === "function" ? encoding : callback;
    done?.();
    return true;
  };
}
process.setMaxListeners(100);
for (const [index, words] of commands.entries()) {
  process.argv = [process.execPath, cli, ...words];
  process.exitCode = 0;
  written.out = "";
  written.err = "";
  const start = performance.now();
  await import(`${pathToFileURL(cli)}?${index}`);
  const ended = {
    words,
    code: process.exitCode,
    ...written,
    seconds: (performance.now() - start) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
  await new Promise((resolve) => {
    process.send(ended, resolve);
  });
}
process.exitCode = 0;
process.disconnect();
