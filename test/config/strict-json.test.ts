import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJson, position } from "../../src/config/strict-json.js";

function place(text: string): string {
  const parsed = parseJson(text);
  assert.ok("offset" in parsed, `${text} was taken for JSON`);
  const { line, column } = position(text, parsed.offset);
  return `${line}:${column}`;
}

test("the first wrong character of a broken file is found by line and column", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "1:1"],
    ["{", "1:2"],
    ['{"a": 1,}', "1:9"],
    ['{\n  "a": 1\n  "b": 2\n}', "3:3"],
    ["[1, 2", "1:6"],
    ["[1 2]", "1:4"],
    ["[1,]", "1:4"],
    ["{,}", "1:2"],
    ["nul", "1:1"],
    ["{a: 1}", "1:2"],
    ["{'a': 1}", "1:2"],
    ['{"a" 1}', "1:6"],
    ['{"a": 01}', "1:8"],
    ['{"a": 1} x', "1:10"],
    ['{"a": "b', "1:9"],
    ['{"a": "\\x"}', "1:8"],
    ['{"a": "tab\there"}', "1:11"],
    ["[1}", "1:3"],
    ["]", "1:1"],
    ['{"é😀": x}', "1:8"],
    ["// a comment\n{}", "1:1"],
    ["[NaN]", "1:2"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(place(text), expected, JSON.stringify(text));
  }
});

test("what JSON.parse takes is taken, and nothing else, with the same value", () => {
  const pieces = fc.constantFrom(
    ...'{}[]:,"\\ \n-+.019eEtrufalsn'.split(""),
    '"a"',
    "true",
    "null",
    "1.5e3",
    "\\u00e9",
    "\u0001",
  );
  const texts = fc.oneof(
    fc.json(),
    fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseJson(text);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        return "offset" in parsed;
      }
      assert.deepEqual("value" in parsed ? parsed.value : "an error", expected);
      return true;
    }),
    { numRuns: 3000 },
  );
});

test("keys that stand twice in the outermost object are named, inner ones are left alone", () => {
  const parsed = parseJson('{"a": 1, "b": {"a": 2, "a": 3}, "\\u0061": "a", "c": ["a"]}');
  assert.deepEqual("repeated" in parsed && parsed.repeated, ["a"]);
});

test("a megabyte of brackets or of one string needs no stack", () => {
  assert.equal(place("[".repeat(2 ** 20)), `1:${2 ** 20 + 1}`);
  assert.ok("value" in parseJson(`"${"x".repeat(2 ** 20)}"`));
  assert.ok("value" in parseJson(`${"[".repeat(2 ** 18)}${"]".repeat(2 ** 18)}`));
});
