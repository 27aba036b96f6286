import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readRunRecord } from "../../../src/results/run-record.js";
import { readRunState } from "../../../src/results/run-state.js";
import { trainBatch } from "../../../src/runner/runs/batch.js";
import { programIdentity, readCheckpoint } from "../../../src/runner/runs/checkpoint.js";
import type { FromWorker, Task } from "../../../src/runner/workers/protocol.js";
import { thisProcessor } from "../../../src/tensorflow/index.js";
import { temporaryFolder } from "../../helpers/configs.js";
import { batchContext, createFakeTrainer, tasksOf } from "../../helpers/fake-trainer.js";

const config = { loss: ["cce", "dice"], runs: 2, steps: 47, monitor: ["cce", "dice"], evaluateEvery: 10 };

/** Returns the text of all CSVs of the tasks. */
function csvs(tasks: readonly Task[]): readonly string[] {
  return tasks.map(({ folder, run }) => readFileSync(join(folder, `run-${run.repetition}.csv`), "utf8"));
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("run-"))
    .toSorted();
}

function ends(reports: readonly FromWorker[]): readonly string[] {
  return reports.flatMap((message) =>
    message.type === "runFinished" || message.type === "runFailed" ? [`${message.type} ${message.name}`] : [],
  );
}

async function undisturbed(): Promise<readonly string[]> {
  const tasks = tasksOf(temporaryFolder(), config);
  await trainBatch(tasks, batchContext(createFakeTrainer(5)));
  return csvs(tasks);
}

test("A batch trains its runs, writes their files and reports each", async () => {
  const folder = temporaryFolder();
  const tasks = tasksOf(folder, config);
  const trainer = createFakeTrainer(5);
  const context = batchContext(trainer);
  await trainBatch(tasks, context);
  assert.deepEqual(
    ends(context.reports),
    tasks.map(({ name }) => `runFinished ${name}`),
  );
  for (const { folder: cell, run } of tasks) {
    assert.equal(readRunState(cell, run, { checksum: true }).state, "done");
  }
  assert.equal(filesIn(folder).length, 8);
  assert.equal(trainer.open(), 0);
  const lines = csvs(tasks)[0]?.split("\n") ?? [];
  assert.equal(lines.length, 1 + 47 + 1);
});

test("A record has the origin of its run and the result", async () => {
  const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
  await trainBatch([task], batchContext(createFakeTrainer(5)));
  const read = readRunRecord(join(task.folder, "run-0.json"));
  assert.ok("record" in read);
  const { environment, result, configHash, command, rerun, seconds, started } = read.record;
  assert.deepEqual(
    [environment.segloss, environment.device, environment.tensorflow, environment.threads],
    ["0.1.0", "fake", "2.0.0", 1],
  );
  assert.deepEqual([configHash, command], ["0".repeat(64), "segloss sweep fake.json"]);
  assert.match(rerun, /^segloss run --optimizer adam --threshold 0\.5 --loss cce --steps 47 /);
  assert.ok(seconds >= 0 && Date.parse(started) <= Date.now());
  assert.deepEqual([result.finalAccuracy, result.bestStep, result.firstNaN], [0.54, 39, undefined]);
});

test("The bytes are the same however often a batch is stopped and resumed", async () => {
  const expected = await undisturbed();
  const stops = fc.array(
    fc.record({ chunk: fc.integer({ min: 1, max: 12 }), after: fc.integer({ min: 0, max: 25 }) }),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(stops, async (times) => {
      const folder = temporaryFolder();
      const tasks = tasksOf(folder, config);
      const left = () =>
        tasks.filter(({ folder: cell, run }) => readRunState(cell, run, { checksum: true }).state !== "done");
      for (const { chunk, after } of times) {
        await trainBatch(left(), batchContext(createFakeTrainer(chunk), { stopAfter: after }));
      }
      await trainBatch(left(), batchContext(createFakeTrainer(5)));
      assert.deepEqual(csvs(tasks), expected);
      assert.equal(filesIn(folder).length, 8);
    }),
    { numRuns: 40 },
  );
});

test("A resumed run reports the step of its checkpoint and keeps the time of its first start", async () => {
  const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
  await trainBatch([task], batchContext(createFakeTrainer(5), { stopAfter: 3 }));
  assert.deepEqual(readdirSync(task.folder).toSorted(), ["run-0.checkpoint", "run-0.csv.partial"]);
  const before = Date.now();
  const trainer = createFakeTrainer(5);
  const context = batchContext(trainer);
  await trainBatch([task], context);
  assert.deepEqual(trainer.startSteps, [[15]]);
  assert.deepEqual(context.reports[0], { type: "runStarted", run: { name: task.name, steps: 15 } });
  const read = readRunRecord(join(task.folder, "run-0.json"));
  assert.ok("record" in read && Date.parse(read.record.started) <= before);
  assert.deepEqual(readdirSync(task.folder).toSorted(), ["run-0.csv", "run-0.json"]);
});

test("A run whose checkpoint or rows are damaged starts from step 0 and writes the same bytes", async () => {
  const damages: Readonly<Record<string, (cell: string) => void>> = {
    "no checkpoint": (cell) => rmSync(join(cell, "run-0.checkpoint")),
    "a checkpoint cut off": (cell) => truncateSync(join(cell, "run-0.checkpoint"), 100),
    "an empty checkpoint": (cell) => truncateSync(join(cell, "run-0.checkpoint")),
    "a changed checkpoint": (cell) => edit(join(cell, "run-0.checkpoint"), /"values":"./, '"values":"/'),
    "no rows": (cell) => rmSync(join(cell, "run-0.csv.partial")),
    "rows cut off": (cell) => truncateSync(join(cell, "run-0.csv.partial"), 200),
    "changed rows": (cell) => edit(join(cell, "run-0.csv.partial"), /0\.8/, "0.9"),
  };
  const [expected] = await undisturbed();
  for (const [name, damage] of Object.entries(damages)) {
    const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
    await trainBatch([task], batchContext(createFakeTrainer(5), { stopAfter: 3 }));
    damage(task.folder);
    const trainer = createFakeTrainer(5);
    await trainBatch([task], batchContext(trainer));
    assert.deepEqual(trainer.startSteps, [[0]], name);
    assert.deepEqual(csvs([task]), [expected], name);
    assert.deepEqual(readdirSync(task.folder).toSorted(), ["run-0.csv", "run-0.json"], name);
  }
});

function edit(file: string, from: RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  assert.match(text, from);
  writeFileSync(file, text.replace(from, to));
}

test("A checkpoint of another engine, version or commit is not used", async () => {
  const others: readonly ((context: ReturnType<typeof batchContext>) => ReturnType<typeof batchContext>)[] = [
    (context) => ({ ...context, engine: { ...context.engine, identity: "other" } }),
    (context) => ({
      ...context,
      origin: { ...context.origin, provenance: { ...context.origin.provenance, segloss: "0.2.0" } },
    }),
    (context) => ({
      ...context,
      origin: { ...context.origin, provenance: { ...context.origin.provenance, commit: "abc" } },
    }),
  ];
  for (const change of others) {
    const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
    await trainBatch([task], batchContext(createFakeTrainer(5), { stopAfter: 3 }));
    const trainer = createFakeTrainer(5);
    await trainBatch([task], change(batchContext(trainer)));
    assert.deepEqual(trainer.startSteps, [[0]]);
  }
});

test("A checkpoint of a processor with other instruction set extensions is not used", async () => {
  const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
  const { engine, origin } = batchContext(createFakeTrainer(5));
  await trainBatch([task], batchContext(createFakeTrainer(5), { stopAfter: 3 }));
  const own = programIdentity(engine.identity, origin.provenance);
  assert.equal(readCheckpoint(task.folder, task.run, own)?.snapshot.step, 15);
  const masked = { ...thisProcessor(), features: "0" };
  const other = programIdentity(engine.identity, origin.provenance, masked);
  assert.equal(readCheckpoint(task.folder, task.run, other), undefined);
});

test("A run whose file cannot be created is not trained, and the others are", async () => {
  const folder = temporaryFolder();
  const tasks = tasksOf(folder, config);
  writeFileSync(tasks[0]?.folder ?? "", "not a folder");
  const trainer = createFakeTrainer(5);
  const context = batchContext(trainer);
  await trainBatch(tasks, context);
  assert.deepEqual(
    ends(context.reports),
    tasks.map(({ name }, index) => `${index < 2 ? "runFailed" : "runFinished"} ${name}`),
  );
  assert.deepEqual(trainer.startSteps, [[0, 0]]);
  const failure = context.reports.find((message) => message.type === "runFailed");
  assert.match(failure?.message ?? "", /it or part of its path is not a folder/);
  assert.equal(failure?.affectsAll, false);
});

test("A run whose folder is removed during training fails, and the others finish", async () => {
  const folder = temporaryFolder();
  const tasks = tasksOf(folder, config);
  const context = batchContext(createFakeTrainer(5));
  const removed = tasks[0]?.folder ?? "";
  await trainBatch(tasks, {
    ...context,
    report(message) {
      context.report(message);
      if (context.reports.length === tasks.length) {
        rmSync(removed, { recursive: true });
      }
    },
  });
  assert.deepEqual(
    ends(context.reports).toSorted(),
    tasks.map(({ name }, index) => `${index < 2 ? "runFailed" : "runFinished"} ${name}`).toSorted(),
  );
  assert.ok(!existsSync(removed));
});

test("A failure because the whole output folder is gone is reported as affecting all runs", async () => {
  const folder = join(temporaryFolder(), "out");
  mkdirSync(folder);
  const tasks = tasksOf(folder, config);
  const context = batchContext(createFakeTrainer(5));
  await trainBatch(tasks, {
    ...context,
    report(message) {
      context.report(message);
      if (context.reports.length === tasks.length) {
        rmSync(folder, { recursive: true });
      }
    },
  });
  const failures = context.reports.filter((message) => message.type === "runFailed");
  assert.equal(failures.length, 4);
  assert.ok(failures.every(({ affectsAll }) => affectsAll));
  assert.ok(!existsSync(folder));
});

test("A worker whose parent has died writes nothing more", async () => {
  const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
  const file = join(task.folder, "run-0.csv.partial");
  const context = batchContext(createFakeTrainer(5), { orphanAfter: 2 });
  await trainBatch([task], context);
  assert.equal(readFileSync(file, "utf8").split("\n").length, 1 + 10 + 1);
  assert.deepEqual(ends(context.reports), []);
});

test("When opening a later run throws, the files of the runs opened before it are removed", async () => {
  const tasks = tasksOf(temporaryFolder(), config);
  const context = batchContext(createFakeTrainer(5));
  let started = 0;
  const failing = {
    ...context,
    report(message: FromWorker) {
      started += message.type === "runStarted" ? 1 : 0;
      if (started === 3) {
        throw new Error("no more");
      }
    },
  };
  await assert.rejects(trainBatch(tasks, failing), /no more/);
  assert.deepEqual(
    tasks.flatMap(({ folder }) => readdirSync(folder, { encoding: "utf8" })),
    [],
  );
});

test("When training throws, a run's checkpoint stays with its rows, and rows without a checkpoint are removed", async () => {
  const [first = assert.fail(), second = assert.fail()] = tasksOf(temporaryFolder(), config);
  await trainBatch([first], batchContext(createFakeTrainer(5), { stopAfter: 3 }));
  const trainer = createFakeTrainer(5);
  const failing = {
    ...trainer,
    train: (...args: Parameters<typeof trainer.train>) => ({
      ...trainer.train(...args),
      next() {
        throw new Error("out of memory");
      },
    }),
  };
  await assert.rejects(trainBatch([first, second], batchContext(failing)), /out of memory/);
  assert.deepEqual(readdirSync(first.folder).toSorted(), ["run-0.checkpoint", "run-0.csv.partial"]);
});

test("A batch that is stopped before its runs are trained leaves no files", async () => {
  const [task = assert.fail()] = tasksOf(temporaryFolder(), config);
  await trainBatch([task], batchContext(createFakeTrainer(5), { stopAfter: 0 }));
  assert.deepEqual(readdirSync(task.folder), []);
});

test("With lanes, runs at different steps are trained in groups of the same step", async () => {
  const expected = await undisturbed();
  const tasks = tasksOf(temporaryFolder(), config);
  await trainBatch(
    tasks.slice(0, 2),
    batchContext(createFakeTrainer(5, true), { stopAfter: 2, usesLanes: true }),
  );
  const trainer = createFakeTrainer(5, true);
  await trainBatch(tasks, batchContext(trainer, { usesLanes: true }));
  assert.deepEqual(trainer.startSteps, [
    [10, 10],
    [0, 0],
  ]);
  assert.deepEqual(csvs(tasks), expected);
});

test("A batch writes the weights of finished runs only if they are to be saved, and leaves none of an earlier training", async () => {
  const folder = temporaryFolder();
  const tasks = tasksOf(folder, { ...config, runs: 1, loss: "cce" });
  const context = batchContext(createFakeTrainer(5));
  await trainBatch(tasks, { ...context, origin: { ...context.origin, saveWeights: true } });
  const saved = filesIn(folder).filter((name) => name.endsWith(".npz"));
  assert.deepEqual(saved, ["adam-nobn-t0.5-cce/run-0.npz"]);
  await trainBatch(tasks, context);
  assert.deepEqual(filesIn(folder), ["adam-nobn-t0.5-cce/run-0.csv", "adam-nobn-t0.5-cce/run-0.json"]);
});
