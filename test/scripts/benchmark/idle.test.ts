import assert from "node:assert/strict";
import { test } from "node:test";
import { idleShares, parseChildrenCpu } from "../../../scripts/benchmark/idle.js";

test("Cores are idle from the end of their worker to the end of the last one", () => {
  const { atEnd } = idleShares({ workerEnds: [17, 20, 19], wall: 20, cpu: 0, cores: 4 });
  assert.equal(atEnd, (3 + 1) / (4 * 20));
  assert.equal(idleShares({ workerEnds: [], wall: 20, cpu: 0, cores: 4 }).atEnd, Number.NaN);
});

test("The idle share altogether is what the CPU time leaves of all cores' time", () => {
  assert.equal(idleShares({ workerEnds: [20], wall: 20, cpu: 30, cores: 2 }).altogether, 0.25);
});

test("The CPU time of children is the sum of the 16th and 17th number in /proc/<pid>/stat", () => {
  const numbers = Array.from({ length: 49 }, (_, index) => String(1000 + index)).join(" ");
  // Fields count from 1: the numbers begin at the fourth.
  assert.equal(parseChildrenCpu(`12 (a (b) c) S ${numbers}`), (1012 + 1013) / 100);
  assert.equal(parseChildrenCpu(""), undefined);
});
