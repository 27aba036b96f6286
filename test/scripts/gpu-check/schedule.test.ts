import assert from "node:assert/strict";
import { test } from "node:test";
import type { FinishedPart, Part } from "../../../scripts/gpu-check/part.js";
import { failure, runSchedule } from "../../../scripts/gpu-check/schedule.js";
import { formatTable } from "../../../scripts/gpu-check/table.js";

const hour = 3_600_000;

/**
 * Creates parts that succeed at once, except "fail", which throws, and "hang", which waits until it is
 * stopped.
 */
function createParts(...names: readonly string[]): Part[] {
  return names.map((name) => ({
    name,
    check: name,
    run: async ({ signal }) => {
      if (name === "fail") {
        throw new Error("broken");
      }
      if (name === "hang") {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      }
      return { ok: true, lines: [`${name} ran`] };
    },
  }));
}

async function runParts(parts: readonly Part[], budgetMs: number, finished: readonly FinishedPart[] = []) {
  const started: string[] = [];
  const saved: (readonly [finished: readonly string[], left: readonly string[]])[] = [];
  const result = await runSchedule({
    parts,
    finished,
    budgetMs,
    run: (part, signal) => {
      started.push(part.name);
      return part.run({ device: "cpu", quick: true, folder: "", signal });
    },
    save: (done, left) => saved.push([done.map(({ name }) => name), left]),
  });
  return { result, started, saved };
}

test("Results are saved after every part, and a failed part does not stop the others", async () => {
  const { result, saved } = await runParts(createParts("a", "fail", "b"), hour);
  assert.deepEqual(saved.slice(0, 3), [
    [["a"], ["fail", "b"]],
    [["a", "fail"], ["b"]],
    [["a", "fail", "b"], []],
  ]);
  assert.deepEqual(
    result.finished.map(({ name, ok, lines }) => [name, ok, ...lines]),
    [
      ["a", true, "a ran"],
      ["fail", false, "broken"],
      ["b", true, "b ran"],
    ],
  );
});

test("Parts that are finished are not run again, and keep their place", async () => {
  const earlier = { name: "b", check: "b", ok: true, lines: ["earlier"], seconds: 1 };
  const { result, started } = await runParts(createParts("a", "b", "c"), hour, [earlier]);
  assert.deepEqual(started, ["a", "c"]);
  assert.deepEqual(
    result.finished.map(({ name }) => name),
    ["a", "b", "c"],
  );
});

test("The budget stops the part that is running; it and the rest are left", async () => {
  const { result, started, saved } = await runParts(createParts("a", "hang", "b"), 50);
  assert.deepEqual(started, ["a", "hang"]);
  assert.deepEqual(result.left, ["hang", "b"]);
  assert.deepEqual(saved.at(-1), [["a"], ["hang", "b"]]);
});

test("A failure has the last lines of the error's message", () => {
  assert.deepEqual(failure(new Error("1\n2\n3\n4\n5\n6\n7\n8\n")), {
    ok: false,
    lines: ["3", "4", "5", "6", "7", "8"],
  });
});

test("The table ends with what passed, failed or is left", () => {
  const part = { name: "a", check: "a", ok: true, seconds: 1.25, lines: ["x"] };
  assert.equal(
    formatTable({ finished: [part], left: [] }),
    "ok      a  1.3 s\n        x\nAll 1 part passed.\n",
  );
  assert.match(formatTable({ finished: [part], left: ["b"] }), /\nOut of time: 1 part left \(b\)\./);
  assert.match(
    formatTable({ finished: [{ ...part, ok: false }], left: ["b"] }),
    /^FAILED.*\n.*\n1 of 1 part failed\.\nOut of time: /,
  );
});
