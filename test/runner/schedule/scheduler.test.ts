import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gridRuns } from "../../../src/config/grid.js";
import { runName } from "../../../src/config/run-names.js";
import { SeglossError } from "../../../src/errors.js";
import { openQueue } from "../../../src/runner/schedule/queue.js";
import { openScheduler, type SchedulerOptions } from "../../../src/runner/schedule/scheduler.js";
import type { WorkerEvents } from "../../../src/runner/workers/process.js";
import type { FromWorker, Task, ToWorker } from "../../../src/runner/workers/protocol.js";
import type { Run } from "../../../src/study/run.js";
import { configOf } from "../../helpers/configs.js";

/** A worker without a process: the test says what it reports and when it dies. */
interface Hand {
  readonly got: ToWorker[];
  readonly tell: (message: FromWorker) => void;
  readonly die: (how?: string) => void;
  isDead: boolean;
}

interface Hall {
  readonly hands: Hand[];
  readonly said: string[];
  readonly steps: { done: number; resumed: number; dropped: number };
  readonly foreman: ReturnType<typeof openScheduler>;
}

const ready: FromWorker = { type: "ready", device: "cpu", deviceName: "cpu", usesLanes: false, notes: [] };
const origin = {
  configHash: "",
  command: "",
  provenance: { segloss: "", commit: undefined, dirty: undefined, node: "", tfjs: "" },
};

const six = gridRuns(configOf({ loss: ["cce", "dice"], runs: 3, steps: 10 }));

function hall(options: Partial<SchedulerOptions> = {}, runs: readonly Run[] = six): Hall {
  const hands: Hand[] = [];
  const said: string[] = [];
  const steps = { done: 0, resumed: 0, dropped: 0 };
  const start = (events: WorkerEvents) => {
    const hand: Hand = {
      got: [],
      tell: events.message,
      isDead: false,
      die(how = "ended with exit code 0") {
        if (!hand.isDead) {
          hand.isDead = true;
          events.exit(how);
        }
      },
    };
    hands.push(hand);
    return {
      send: (message: ToWorker) => hand.got.push(message),
      kill: () => queueMicrotask(() => hand.die("was killed")),
    };
  };
  const items = runs.map((run): Task => ({ run, name: runName(run), folder: "" }));
  const foreman = openScheduler({
    queue: openQueue(
      items.map((item) => ({ item, key: "all", images: String(item.run.repetition), cost: 1 })),
    ),
    origin,
    jobs: 2,
    cores: 2,
    gpus: 0,
    lanes: "auto",
    failFast: false,
    start,
    display: {
      steps: (count) => {
        steps.done += count;
      },
      resumed: (count) => {
        steps.resumed += count;
      },
      dropped: (count) => {
        steps.dropped += count;
      },
      line: (text) => said.push(text),
      run: (text) => said.push(text),
      close() {},
    },
    begin: (device, _, workers) => said.push(`begin ${device} ${workers}`),
    recordOf: () => undefined,
    ...options,
  });
  return { hands, said, steps, foreman };
}

/** The names of the runs that a hand was given last. */
function tasksOf(hand: Hand | undefined): readonly string[] {
  const last = hand?.got.at(-1);
  return last?.type === "train" ? last.tasks.map(({ name }) => name) : [];
}

function finish(hand: Hand | undefined, names: readonly string[]): void {
  for (const name of names) {
    hand?.tell({ type: "runFinished", name, hasNaN: false, accuracy: 0.5 });
  }
}

/** Lets every hand do whatever it is given until it is told to stop. */
function workAll({ hands }: Hall): void {
  for (let round = 0; round < 20; round++) {
    for (const hand of hands.filter(({ isDead }) => !isDead)) {
      const names = tasksOf(hand);
      if (names.length > 0) {
        finish(hand, names);
        hand.tell({ type: "idle" });
      } else if (hand.got.at(-1)?.type === "stop") {
        hand.die();
      } else {
        hand.tell(ready);
      }
    }
  }
}

test("all runs are dealt out, finished once, and the workers told to stop", async () => {
  const it = hall();
  assert.equal(it.hands.length, 2);
  workAll(it);
  const { finished, failed, stopped } = await it.foreman.done;
  assert.deepEqual([finished, failed, stopped], [6, [], undefined]);
  assert.equal(it.said[0], "begin cpu 2");
  assert.equal(it.said.filter((line) => line.startsWith("done: ")).length, 6);
  assert.deepEqual(it.steps, { done: 60, resumed: 0, dropped: 0 });
  for (const { got } of it.hands) {
    assert.equal(got.at(-1)?.type, "stop");
  }
});

test("no more workers are started than there are runs", () => {
  assert.equal(hall({ jobs: 8 }).hands.length, 6);
  assert.equal(hall({ jobs: "auto", cores: 3 }).hands.length, 3);
});

test("steps that were done earlier are told apart from those done now", async () => {
  const it = hall({ jobs: 1, lanes: 1 }, six.slice(0, 1));
  const [hand] = it.hands;
  hand?.tell(ready);
  const [name = ""] = tasksOf(hand);
  hand?.tell({ type: "runStarted", run: { name, steps: 4 } });
  hand?.tell({ type: "runsProgressed", runs: [{ name, steps: 7 }] });
  assert.deepEqual(it.steps, { done: 3, resumed: 4, dropped: 0 });
  finish(hand, [name]);
  hand?.tell({ type: "runsProgressed", runs: [{ name, steps: 10 }] });
  assert.deepEqual(it.steps, { done: 6, resumed: 4, dropped: 0 });
});

test("a run that fails is told at once, the others go on, and it is in the list at the end", async () => {
  const it = hall();
  const [one] = it.hands;
  one?.tell(ready);
  const [name = ""] = tasksOf(one);
  one?.tell({ type: "runStarted", run: { name, steps: 0 } });
  one?.tell({ type: "runsProgressed", runs: [{ name, steps: 4 }] });
  one?.tell({ type: "runFailed", name, message: "its file is gone", affectsAll: false });
  assert.equal(it.said.at(-1), `failed: ${name}: its file is gone`);
  assert.equal(it.steps.dropped, 6);
  finish(one, tasksOf(one).slice(1));
  one?.tell({ type: "idle" });
  workAll(it);
  const { finished, failed, stopped } = await it.foreman.done;
  assert.deepEqual([finished, failed, stopped], [5, [{ name, message: "its file is gone" }], undefined]);
});

test("a worker that dies takes only its own runs with it, and another takes its place", async () => {
  const it = hall({ lanes: 2 });
  const [one, two] = it.hands;
  one?.tell(ready);
  two?.tell(ready);
  const lost = tasksOf(one);
  one?.die("was killed by SIGSEGV");
  assert.equal(it.hands.length, 3);
  workAll(it);
  const { finished, failed } = await it.foreman.done;
  assert.equal(finished, 6 - lost.length);
  assert.deepEqual(
    failed,
    lost.map((name) => ({ name, message: "its worker was killed by SIGSEGV" })),
  );
});

test("a run whose record is written when its worker dies is finished, not failed", async () => {
  const it = hall({ jobs: 1, recordOf: () => ({ hasNaN: true }) }, six.slice(0, 1));
  it.hands[0]?.tell(ready);
  it.hands[0]?.die();
  assert.deepEqual(await it.foreman.done, {
    finished: 1,
    failed: [],
    withNaN: [runName(six[0] ?? assert.fail())],
    stopped: undefined,
  });
});

test("a worker that falls over says why, and is replaced", async () => {
  const it = hall({ jobs: 1 });
  const [one] = it.hands;
  one?.tell(ready);
  const lost = tasksOf(one);
  one?.tell({ type: "unusable", message: "no memory for 9 lanes", exitCode: 1 });
  await sleep(0);
  assert.ok(one?.isDead);
  workAll(it);
  const { finished, failed } = await it.foreman.done;
  assert.equal(finished, 6 - lost.length);
  assert.deepEqual(new Set(failed.map(({ message }) => message)), new Set(["no memory for 9 lanes"]));
});

test("if no worker can begin, the sweep ends with its reason and exit code", async () => {
  for (const [code, expected] of [
    [3, 3],
    [1, 1],
    [77, 1],
  ] as const) {
    const it = hall();
    it.hands[0]?.tell({ type: "unusable", message: "no GPU", exitCode: code });
    it.hands[1]?.tell({ type: "unusable", message: "no GPU either", exitCode: code });
    await assert.rejects(
      it.foreman.done,
      (error) => error instanceof SeglossError && error.message === "no GPU" && error.exitCode === expected,
    );
  }
});

test("a worker that dies before it is ready ends the sweep, unless one has been ready: then it is replaced, twice", async () => {
  const first = hall();
  first.hands[0]?.die("was killed by SIGILL");
  assert.deepEqual(first.hands[1]?.got, [{ type: "stop" }]);
  first.hands[1]?.die();
  await assert.rejects(first.foreman.done, {
    message: "a worker was killed by SIGILL, before it could begin",
    exitCode: 3,
  });

  const it = hall({ lanes: 1 });
  it.hands[0]?.tell(ready);
  for (let dead = 1; dead <= 3; dead++) {
    it.hands.at(-1)?.die("ended");
  }
  assert.equal(it.hands.length, 4);
  const [name] = tasksOf(it.hands[0]);
  finish(it.hands[0], [name ?? ""]);
  it.hands[0]?.die();
  const { finished, stopped } = await it.foreman.done;
  assert.deepEqual([finished, stopped], [1, "a worker ended, before it could begin"]);
});

test("what any other run would meet too stops the sweep", async () => {
  const it = hall();
  for (const hand of it.hands) {
    hand.tell(ready);
  }
  const [name = ""] = tasksOf(it.hands[0]);
  it.hands[0]?.tell({ type: "runFailed", name, message: "no space is left on the disk", affectsAll: true });
  for (const { got } of it.hands) {
    assert.equal(got.at(-1)?.type, "stop");
  }
  for (const hand of it.hands) {
    hand.die();
  }
  const { failed, stopped } = await it.foreman.done;
  assert.equal(failed.length, 1);
  assert.match(stopped ?? "", /any other would meet/);
});

test("--fail-fast stops at the first failure", async () => {
  const it = hall({ failFast: true });
  for (const hand of it.hands) {
    hand.tell(ready);
  }
  const [name = ""] = tasksOf(it.hands[0]);
  it.hands[0]?.tell({ type: "runFailed", name, message: "bad", affectsAll: false });
  for (const hand of it.hands) {
    assert.equal(hand.got.at(-1)?.type, "stop");
    hand.die();
  }
  const { failed, stopped } = await it.foreman.done;
  assert.deepEqual([failed.length, stopped], [1, "--fail-fast"]);
});

test("when asked to stop, workers that do not end by themselves are killed, and no run counts as failed", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const it = hall();
    it.hands[0]?.tell(ready);
    it.foreman.stop();
    it.foreman.stop();
    for (const { got } of it.hands) {
      assert.equal(got.filter(({ type }) => type === "stop").length, 1);
    }
    it.hands[0]?.die();
    it.hands[1]?.tell(ready);
    assert.equal(tasksOf(it.hands[1]).length, 0);
    mock.timers.tick(1999);
    const { finished, failed } = await it.foreman.done;
    assert.deepEqual([finished, failed], [0, []]);
    assert.ok(it.hands[1]?.isDead);
    assert.equal(it.hands.length, 2);
  } finally {
    mock.timers.reset();
  }
});

test("NaN is noted, and is no failure", async () => {
  const it = hall({ jobs: 1 }, six.slice(0, 1));
  it.hands[0]?.tell(ready);
  const [name = ""] = tasksOf(it.hands[0]);
  it.hands[0]?.tell({ type: "runFinished", name, hasNaN: true, accuracy: undefined });
  it.hands[0]?.tell({ type: "idle" });
  it.hands[0]?.die();
  assert.deepEqual(await it.foreman.done, { finished: 1, failed: [], withNaN: [name], stopped: undefined });
  assert.equal(it.said.at(-1), `done: ${name}`);
});

test("where a GPU was expected and TensorFlow uses none, as many workers are started as there are cores", async () => {
  const it = hall({ jobs: "auto", cores: 3, gpus: 1 });
  assert.equal(it.hands.length, 1);
  it.hands[0]?.tell(ready);
  assert.equal(it.hands.length, 3);
  workAll(it);
  assert.equal((await it.foreman.done).finished, 6);
});
