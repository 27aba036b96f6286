import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonNumber, parseJsonc, position, stringifyJson } from "../../src/config/json.js";

/** The mistake of a text with its place: "no comma 3:3". */
function mistake(text: string): string {
  const parsed = parseJsonc(text);
  assert.ok("mistake" in parsed, `${text} was accepted as JSON`);
  const { line, column } = position(text, parsed.offset);
  return `${parsed.mistake} ${line}:${column}`;
}

test("The first mistake of a broken file is named with its line and column", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "no value 1:1"],
    ["{", "no closing brace 1:2"],
    ['{\n  "a": 1\n  "b": 2\n}', "no comma 3:3"],
    ["[1, 2", "no closing bracket 1:6"],
    ["[1 2]", "no comma 1:4"],
    ["[1,,2]", "no value 1:4"],
    ["{,}", "no value 1:2"],
    ["nul", "an unquoted word 1:1"],
    ["{a: 1}", "an unquoted word 1:2"],
    ["{'a': 1}", "an unquoted word 1:2"],
    ['{"a" 1}', "no colon 1:6"],
    ['{"a": 01}', "no comma 1:8"],
    ['{"a": 1.}', "an unfinished number 1:7"],
    ['{"a": 1} x', "an unquoted word 1:10"],
    ['{"a": 1} {}', "more than one value 1:10"],
    ['{"a": "b', "an unfinished string 1:7"],
    ['{"a": "\\x"}', "an invalid escape sequence in a string 1:7"],
    ['{"a": "tab\there"}', "a control character in a string 1:7"],
    ["[1}", "no comma 1:3"],
    ["]", "no value 1:1"],
    ['{"é😀": x}', "an unquoted word 1:8"],
    ["{} /* open", "an unfinished comment 1:4"],
    ["[NaN]", "an unquoted word 1:2"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(mistake(text), expected, JSON.stringify(text));
  }
});

test("Comments and trailing commas are accepted", () => {
  const text = '// a sweep\n{"a": [1, 2,], /* two */ "b": {"c": "// no comment",},}\n// end';
  const parsed = parseJsonc(text);
  assert.ok("value" in parsed);
  assert.equal(JSON.stringify(parsed.value), '{"a":[1,2],"b":{"c":"// no comment"}}');
});

test("A text that JSON.parse accepts has the same value, and of the others only JSONC is accepted", () => {
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
      const parsed = parseJsonc(text);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        return "mistake" in parsed || /,\s*[\]}]/.test(text);
      }
      assert.ok("value" in parsed, text);
      assert.deepEqual(JSON.stringify(parsed.value), JSON.stringify(expected));
      return true;
    }),
    { numRuns: 3000 },
  );
});

test("Keys that stand twice in the outermost object are named, inner ones are not", () => {
  const parsed = parseJsonc('{"a": 1, "b": {"a": 2, "a": 3}, "\\u0061": "a", "c": ["a"], "__proto__": 1}');
  assert.ok("repeated" in parsed);
  assert.deepEqual(parsed.repeated, ["a"]);
  assert.deepEqual(Object.keys(parsed.value ?? {}), ["a", "b", "c", "__proto__"]);
});

test("Nesting is limited, so that a file of brackets does not overflow the stack", () => {
  assert.equal(mistake("[".repeat(2 ** 20)), "more than 100 nested lists and objects 1:101");
  assert.equal(mistake('{"a":'.repeat(100_000)), "more than 100 nested lists and objects 1:501");
  assert.ok("value" in parseJsonc(`${"[".repeat(100)}${"]".repeat(100)}`));
  assert.ok("value" in parseJsonc(`[${"[],".repeat(2 ** 16)}"${"[".repeat(2 ** 16)}"]`));
});

test("Numbers that JSON lacks are written as words and read back", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5]) {
    assert.equal(jsonNumber.parse(JSON.parse(stringifyJson(value))), value);
  }
  assert.equal(stringifyJson({ a: [Number.NaN, 1] }), '{"a":["NaN",1]}');
  assert.ok(!jsonNumber.safeParse("nan").success);
});
