import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { readRunRecord } from "../../src/results/run-record.js";
import { temporaryFolder } from "../helpers/configs.js";
import { csvsIn } from "../helpers/csv-files.js";
import { segloss, segloss$ } from "../helpers/program.js";

const config = {
  loss: ["cce", "dice"],
  runs: 2,
  steps: 61,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
  evaluateEvery: 20,
};

const home = temporaryFolder();
const out = join(home, "a folder");
const record = () => {
  const read = readRunRecord(join(out, "adam-nobn-t0.5-dice/run-1.json"));
  assert.ok("record" in read, JSON.stringify(read));
  return read.record;
};

before(async () => {
  writeFileSync(join(home, "c.json"), JSON.stringify(config));
  const {
    code,
    out: data,
    err,
  } = await segloss(["sweep", "c.json", "--out", "a folder", "--device", "cpu", "--jobs", "2"], home);
  assert.deepEqual([code, data], [0, ""], err);
  assert.match(
    err,
    /^2 cells, 4 runs: on the CPU with 2 workers, into a folder\n(done: .*\n){4}cell +runs .*\n(adam-.*\n){2}4 runs trained in .*, all 4 are done\. Next: node \S+cli\.js plot 'a folder', node \S+cli\.js report 'a folder'\n$/,
  );
});

test("A sweep writes the same bytes whatever --jobs and --lanes", async () => {
  const flags = ["--device", "cpu", "--jobs", "1", "--lanes", "3", "--quiet"];
  const { code, err } = await segloss(["sweep", "c.json", "--out", "other", ...flags], home);
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(csvsIn(join(home, "other")), csvsIn(out));
});

test("The rerun command of a record writes the same bytes as the sweep", async () => {
  const { rerun, csv } = record();
  assert.match(rerun, /^segloss run .* --run 1 --monitor cce,dice --device cpu --xla on$/);
  const single = await segloss$(rerun.replace("segloss", "$segloss"), home);
  assert.deepEqual([single.code, single.err], [0, ""]);
  assert.equal(single.out, readFileSync(join(out, "adam-nobn-t0.5-dice", csv.file), "utf8"));
  assert.equal(single.out.split("\n").length, 1 + 61 + 1);
});

test("A sweep writes the same bytes whether its graphs and programs are stored, not yet stored, or damaged", async () => {
  const cache = join(home, "cache");
  const flags = ["--device", "cpu", "--jobs", "1", "--quiet", "--only", "loss=dice,run=0"];
  const train = async (folder: string) => {
    const words = ["sweep", "c.json", "--out", folder, ...flags];
    const { code, err } = await segloss(words, home, { SEGLOSS_XLA_CACHE: cache });
    assert.deepEqual([code, err], [0, ""]);
    return csvsIn(join(home, folder));
  };
  const stored = () =>
    readdirSync(cache, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".graph"))
      .map((name) => join(cache, name));
  const first = await train("first");
  const graphs = stored().map((path) => readFileSync(path));
  assert.equal(graphs.length, 2);
  assert.deepEqual(await train("second"), first);
  for (const path of stored()) {
    truncateSync(path, 5000);
  }
  assert.deepEqual(await train("third"), first);
  assert.deepEqual(
    stored().map((path) => readFileSync(path)),
    graphs,
  );
  const name = "adam-nobn-t0.5-dice/run-0.csv";
  assert.equal(first[name], csvsIn(out)[name]);
});

test("A record names the program, the engine, the seeds and the command of its run", () => {
  const { environment, seeds, csv, command, configHash, started, seconds, result } = record();
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.deepEqual([environment.segloss, environment.node], [version, process.version]);
  assert.match(environment.tensorflow, /^\d+\.\d+/);
  assert.match(environment.tfjs, /^\d+\.\d+/);
  assert.deepEqual([environment.device, environment.threads], ["cpu", 1]);
  if (existsSync(new URL("../../.git", import.meta.url))) {
    const root = new URL("../../", import.meta.url);
    assert.equal(
      environment.commit,
      execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    );
    assert.equal(typeof environment.dirty, "boolean");
  }
  assert.equal(configHash, JSON.parse(readFileSync(join(out, "sweep.json"), "utf8")).hash);
  assert.match(command, /^segloss sweep c\.json --out 'a folder' --device cpu --jobs 2$/);
  assert.ok(Math.abs(Date.parse(started) - Date.now()) < 3_600_000 && seconds > 0);
  assert.equal(new Set(Object.values(seeds).map(String)).size, 4);
  assert.deepEqual([csv.rows, csv.bytes], [61, statSync(join(out, "adam-nobn-t0.5-dice/run-1.csv")).size]);
  assert.equal((result.bestStep ?? Number.NaN) % 20, 0);
});

test("A finished sweep does nothing when run again, except for damaged runs, which it names and trains again", async () => {
  const words = ["sweep", "c.json", "--out", "a folder", "--device", "cpu", "--jobs", "1"];
  assert.deepEqual(await segloss(words, home), {
    code: 0,
    out: "",
    err: "2 cells, 4 runs: all done in a folder\n",
  });
  const sound = csvsIn(out);
  writeFileSync(join(out, "adam-nobn-t0.5-cce/run-0.csv"), "optimizer\n");
  rmSync(join(out, "summary.csv"));
  const { code, err } = await segloss(words, home);
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^damaged: a folder\/adam-nobn-t0\.5-cce\/run-0\.csv has 10 bytes, not the \d+ of its record; done again\n(?:warning: .* uncommitted changes\n)?2 cells, 4 runs, 3 of them done, 1 to do: on the CPU with 1 worker, into a folder\ndone: adam-nobn-t0\.5-cce\/run-0, accuracy 0\.\d+\n/,
  );
  assert.deepEqual(csvsIn(out), sound);
});

// Two of the four cells become NaN, and the folder of one is blocked by a file.
const failingHome = temporaryFolder();
const failingConfig = {
  threshold: [0.05, 0.5],
  loss: "cce",
  learningRate: [0.001, 1e6],
  convLayers: 8,
  runs: 1,
  ...{ steps: 30, imageSize: 8, monitor: ["cce"], validationImages: 4 },
};
const failingWords = ["sweep", "c.json", "--out", "out", "--device", "cpu", "--jobs", "1"];
const blocked = "adam-nobn-t0.5-cce-learning-rate0.001";

before(() => writeFileSync(join(failingHome, "c.json"), JSON.stringify(failingConfig)));

test("A sweep with a failing run finishes the others, and names the failure at once and at the end, and the command to resume", async () => {
  await segloss([...failingWords, "--only", "learning-rate=0.001", "--only", "threshold=0.05"], failingHome);
  writeFileSync(join(failingHome, "out", blocked), "not a folder");
  const { code, err } = await segloss(failingWords, failingHome);
  assert.equal(code, 1, err);
  const failure = `${blocked}/run-0: out/${blocked}/run-0.csv: it or part of its path is not a folder`;
  assert.ok(err.includes(`\nfailed: ${failure}\n`), err);
  assert.match(
    err,
    new RegExp(
      `\nsegloss: 1 run failed:\n  ${failure}\nTo resume: node .*cli\\.js sweep c\\.json --out out --device cpu --jobs 1\n$`,
    ),
  );
  assert.equal(err.match(/^done: /gm)?.length, 2);
  assert.match(
    err,
    /\nNaN in 2 runs: adam-nobn-t0\.05-cce-learning-rate1000000\/run-0, adam-nobn-t0\.5-cce-learning-rate1000000\/run-0\n/,
  );
});

test("A sweep records NaN as NaN and names the runs, and ends with 0", async () => {
  rmSync(join(failingHome, "out", blocked));
  const { code, err } = await segloss(failingWords, failingHome);
  assert.equal(code, 0, err);
  const summary = readFileSync(join(failingHome, "out/summary.csv"), "utf8").trimEnd().split("\n");
  assert.equal(summary.length, 5);
  const withNaN = summary.filter((line) => line.includes("NaN"));
  assert.equal(withNaN.length, 2, summary.join("\n"));
  for (const line of withNaN) {
    assert.match(line, /^adam,false,0\.0?5,cce,0,1000000,30,.*,NaN,NaN,\d+$/);
  }
});

test("Where there is no GPU, --device gpu ends run and sweep with 3 and one line", {
  skip: existsSync("/proc/driver/nvidia"),
}, async () => {
  const home = temporaryFolder();
  writeFileSync(join(home, "c.json"), JSON.stringify(config));
  for (const words of [
    ["run", "--steps", "3"],
    ["sweep", "c.json"],
  ]) {
    const { code, out, err } = await segloss([...words, "--device", "gpu"], home);
    assert.deepEqual([code, out], [3, ""], err);
    assert.match(err, /^segloss: --device gpu: [^\n]+\n$/);
  }
  assert.deepEqual(readdirSync(join(home, "runs/c")), ["sweep.json"]);
});
