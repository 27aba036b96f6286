import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "../helpers/configs.js";
import { csvsIn } from "../helpers/csv-files.js";
import { segloss } from "../helpers/program.js";
import { noSshHosts, openSshHosts, type SshHosts } from "../helpers/ssh-hosts.js";

const config = {
  loss: ["cce", "dice"],
  runs: 2,
  steps: 2001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
let hosts: SshHosts | undefined;
after(() => hosts?.close());
const home = temporaryFolder();

/** Returns the host of each lock in the output folder. */
function owners(out: string): readonly string[] {
  const names = readdirSync(join(home, out)).filter((name) => name.endsWith(".lock"));
  return names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(home, out, name), "utf8")).host];
    } catch {
      // It was removed or is being written.
      return [];
    }
  });
}

test("GNU parallel trains shards on two machines, and after the power cut of one the other goes on to the bytes of one machine", {
  skip: noSshHosts,
}, async () => {
  writeFileSync(join(home, "c.json"), JSON.stringify(config));
  const folder = join(home, "ssh");
  mkdirSync(folder);
  hosts = await openSshHosts(folder, ["host1", "host2"], { SEGLOSS_HEARTBEAT_SECONDS: "1" });
  const flags = ["--device", "cpu", "--allow-local", "--jobs", "1", "--shards", "3"];
  const engine = ["--engine", "parallel", "--hosts", "host1,host2"];
  const submitted = await segloss(["submit", "c.json", "-o", "shards", ...flags, ...engine], home);
  assert.equal(submitted.code, 0, submitted.err);
  assert.match(
    submitted.err,
    /Nothing was started\.\n {2}to start it, and leave it running: {2}bash shards\/cluster\/parallel\.sh\n/,
  );
  const plain = segloss(["sweep", "c.json", "-o", "plain", "--device", "cpu", "--jobs", "1"], home);

  const child = spawn("bash", ["shards/cluster/parallel.sh"], {
    cwd: home,
    env: { ...process.env, ...hosts.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
  }
  const ended = once(child, "close");
  for (let waited = 0; !owners("shards").includes("host2"); waited += 20) {
    assert.ok(waited < 60_000, printed);
    await sleep(20);
  }
  hosts.cutPower("host2");
  const [code] = await ended;
  assert.equal(code, 0, printed);
  assert.match(printed, /waiting up to 4 s to see whether process \d+ on host2 is still running/);
  assert.equal((await plain).code, 0);
  assert.deepEqual(csvsIn(join(home, "shards")), csvsIn(join(home, "plain")));
  assert.deepEqual(owners("shards"), []);
});
