import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLineFollower } from "../../src/watch/line-follower.js";
import { temporaryFolder } from "../helpers/configs.js";

/** Returns a file, and a follower that collects its lines: the lines of each call, and "restart". */
function followed() {
  const path = join(temporaryFolder(), "rows");
  const seen: string[] = [];
  const { follow } = createLineFollower({
    restart: () => seen.push("restart"),
    lines: (bytes, offset) => seen.push(`${offset}: ${bytes}`),
  });
  const news = (at = path) => {
    while (follow(at) === "more") {}
    return seen.splice(0);
  };
  return { path, follow, news };
}

test("A follower passes on each whole line once, and a line without its end only when that is there", () => {
  const { path, news } = followed();
  assert.deepEqual(news(), []);
  writeFileSync(path, "a,1\nb,");
  assert.deepEqual(news(), ["0: a,1\n"]);
  assert.deepEqual(news(), []);
  appendFileSync(path, "2\nc,3\nd");
  assert.deepEqual(news(), ["4: b,2\nc,3\n"]);
});

test("A file that is renamed when it is complete is read on", () => {
  const { path, news } = followed();
  writeFileSync(path, "a\n");
  news();
  appendFileSync(path, "b\n");
  renameSync(path, `${path}.done`);
  assert.deepEqual(news(), []);
  assert.deepEqual(news(`${path}.done`), ["2: b\n"]);
});

test("A file that was cut is read again from its beginning, also when it has grown past the old end with other lines", () => {
  const { path, news } = followed();
  writeFileSync(path, "a\nb\nc\n");
  news();
  truncateSync(path, 2);
  assert.deepEqual(news(), ["restart", "0: a\n"]);
  appendFileSync(path, "x\ny\nz\n");
  news();
  truncateSync(path, 2);
  appendFileSync(path, "other\nlines\n");
  assert.deepEqual(news(), ["restart", "0: a\nother\nlines\n"]);
});

test("A run that is resumed from a checkpoint, and writes the same lines again, is not read again", () => {
  const { path, news } = followed();
  writeFileSync(path, "a\nb\nc\n");
  news();
  truncateSync(path, 2);
  appendFileSync(path, "b\nc\nd\n");
  assert.deepEqual(news(), ["6: d\n"]);
});

test("A file that takes the place of another is read from its beginning", () => {
  const { path, news } = followed();
  writeFileSync(path, "a\nb\n");
  news();
  writeFileSync(`${path}.new`, "a\nb\nc\n");
  renameSync(`${path}.new`, path);
  assert.deepEqual(news(), ["restart", "0: a\nb\nc\n"]);
});

test("A file that vanishes, a folder and a link are not read, and what was read stays", () => {
  const { path, follow, news } = followed();
  writeFileSync(path, "a\n");
  news();
  rmSync(path);
  assert.equal(follow(path), "absent");
  mkdirSync(path);
  assert.deepEqual(news(), []);
  rmSync(path, { recursive: true });
  writeFileSync(`${path}.target`, "b\n");
  symlinkSync(`${path}.target`, path);
  assert.equal(follow(path), "absent");
});

test("A large file is read in parts that end with a line, and a line without end is never held", () => {
  const { path, follow, news } = followed();
  const text = Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`).join("");
  writeFileSync(path, text);
  assert.equal(follow(path), "more");
  const parts = news();
  assert.ok(parts.length > 1);
  assert.equal(parts.map((part) => part.slice(part.indexOf(" ") + 1)).join(""), text);
  assert.ok(parts.every((part) => part.endsWith("\n")));
  writeFileSync(path, "x".repeat(1e6));
  assert.deepEqual(news(), ["restart"]);
});
