import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  isCompleteCacheEntry,
  removeBrokenCacheEntries,
} from "../../../src/tensorflow/native/xla-cache-entries.js";

const folder = mkdtempSync(join(tmpdir(), "segloss-entries-"));
after(() => rmSync(folder, { recursive: true }));

/** Fields 1 (varint 300), 2 (200 bytes), 3 (fixed 32), 4 (fixed 64). */
const whole = Buffer.concat([
  Buffer.from([0x08, 0xac, 0x02]),
  Buffer.from([0x12, 0xc8, 0x01]),
  Buffer.alloc(200, 7),
  Buffer.from([0x1d, 1, 2, 3, 4]),
  Buffer.from([0x21, 1, 2, 3, 4, 5, 6, 7, 8]),
]);

test("an entry is whole if its fields end where the file does, and not if it is cut off anywhere within one", () => {
  const file = join(folder, "whole.pb");
  const ends = new Set([3, 206, 211, whole.length]);
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(file, whole.subarray(0, length));
    assert.equal(isCompleteCacheEntry(file), ends.has(length), String(length));
  }
});

test("an entry that ends in zeros is not whole", () => {
  const file = join(folder, "zeros.pb");
  writeFileSync(file, Buffer.concat([whole, Buffer.alloc(9)]));
  assert.equal(isCompleteCacheEntry(file), false);
});

test("broken entries go, whole ones and what is being written stay", () => {
  const cache = mkdtempSync(join(folder, "cache-"));
  writeFileSync(join(cache, "a.pb"), whole);
  writeFileSync(join(cache, "b.pb"), whole.subarray(0, 50));
  writeFileSync(join(cache, "c.pb"), "");
  writeFileSync(join(cache, "d.pb.tmp"), "half");
  removeBrokenCacheEntries(cache);
  assert.deepEqual(readdirSync(cache).toSorted(), ["a.pb", "d.pb.tmp"]);
});
