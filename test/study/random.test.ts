import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foldIn, type StreamName, streamSeed } from "../../src/study/random.js";

const purposes: readonly StreamName[] = ["weights", "training", "validation", "noise"];

describe("Streams of random numbers", () => {
  it("differ by purpose, run and seed", () => {
    const seeds = purposes.flatMap((purpose) =>
      Array.from({ length: 400 }, (_, index) =>
        streamSeed(Math.floor(index / 20), index % 20, purpose).join(),
      ),
    );
    assert.equal(new Set(seeds).size, 1600);
  });

  it("are two int32 that depend on nothing else", () => {
    const stream = streamSeed(1, 2, "training");
    assert.deepEqual(streamSeed(1, 2, "training"), stream);
    for (const part of stream) {
      assert.equal(part, part | 0);
    }
  });

  it("stay what they were in earlier versions: the numbers of a run may not change", () => {
    assert.deepEqual(streamSeed(1, 0, "weights"), [1380311602, 765774289]);
    assert.deepEqual(streamSeed(1, 0, "training"), [-499727493, -1034358653]);
  });

  it("have parts that are int32 too, past the end of their range", () => {
    const parts = Array.from({ length: 100 }, (_, index) => foldIn([5, 2 ** 31 - 50], index));
    assert.equal(new Set(parts.map(String)).size, 100);
    assert.deepEqual(parts[50], [5, -(2 ** 31)]);
  });
});
