import assert from "node:assert/strict";
import { test } from "node:test";
import { foldIn, type StreamName, streamSeed } from "../../src/study/random.js";

const purposes: readonly StreamName[] = ["weights", "training", "validation", "noise"];

test("Stream seeds differ by stream, repetition and seed", () => {
  const seeds = purposes.flatMap((purpose) =>
    Array.from({ length: 400 }, (_, index) => streamSeed(Math.floor(index / 20), index % 20, purpose).join()),
  );
  assert.equal(new Set(seeds).size, 1600);
});

test("A stream seed is two int32 and depends on nothing else", () => {
  const stream = streamSeed(1, 2, "training");
  assert.deepEqual(streamSeed(1, 2, "training"), stream);
  for (const part of stream) {
    assert.equal(part, part | 0);
  }
});

test("Stream seeds are those of earlier versions, so that the numbers of a run never change", () => {
  assert.deepEqual(streamSeed(1, 0, "weights"), [1380311602, 765774289]);
  assert.deepEqual(streamSeed(1, 0, "training"), [-499727493, -1034358653]);
});

test("Folding in a number gives distinct int32, past the end of their range too", () => {
  const parts = Array.from({ length: 100 }, (_, index) => foldIn([5, 2 ** 31 - 50], index));
  assert.equal(new Set(parts.map(String)).size, 100);
  assert.deepEqual(parts[50], [5, -(2 ** 31)]);
});
