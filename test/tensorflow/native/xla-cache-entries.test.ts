import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  isCompleteCacheEntry,
  removeBrokenCacheEntries,
} from "../../../src/tensorflow/native/xla-cache-entries.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const folder = createTemporaryFolder("entries");

/** Fields 1 (varint 300), 2 (200 bytes), 3 (fixed 32), 4 (fixed 64). */
const complete = Buffer.concat([
  Buffer.from([0x08, 0xac, 0x02]),
  Buffer.from([0x12, 0xc8, 0x01]),
  Buffer.alloc(200, 7),
  Buffer.from([0x1d, 1, 2, 3, 4]),
  Buffer.from([0x21, 1, 2, 3, 4, 5, 6, 7, 8]),
]);

test("An entry is complete if its fields end where the file does, and not if it is cut off within one", () => {
  const file = join(folder, "complete.pb");
  const ends = new Set([3, 206, 211, complete.length]);
  for (let length = 0; length <= complete.length; length++) {
    writeFileSync(file, complete.subarray(0, length));
    assert.equal(isCompleteCacheEntry(file), ends.has(length), String(length));
  }
});

test("An entry that ends in zeros is not complete", () => {
  const file = join(folder, "zeros.pb");
  writeFileSync(file, Buffer.concat([complete, Buffer.alloc(9)]));
  assert.equal(isCompleteCacheEntry(file), false);
});

test("Broken entries are removed; complete ones and those still being written stay", () => {
  const cache = createTemporaryFolder("entries");
  writeFileSync(join(cache, "a.pb"), complete);
  writeFileSync(join(cache, "b.pb"), complete.subarray(0, 50));
  writeFileSync(join(cache, "c.pb"), "");
  writeFileSync(join(cache, "d.pb.tmp"), "half");
  removeBrokenCacheEntries(cache);
  assert.deepEqual(readdirSync(cache).toSorted(), ["a.pb", "d.pb.tmp"]);
});
