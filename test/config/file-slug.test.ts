import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSlugger, fileSlug } from "../../src/config/file-slug.js";

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: fc.constantFrom("a", "B", "0", ".", "-", "/", "\\", "\0", " ", "_"), maxLength: 300 }),
);

test("Known texts have their known slugs", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["accuracy-against-learning-rate", "accuracy-against-learning-rate"],
    ["adam-nobn-t0.05-run-0", "adam-nobn-t0.05-run-0"],
    ["x/../../pwned", "x-..-..-pwned"],
    ["Dice Loss", "dice-loss"],
    ["..", "unnamed"],
    [".", "unnamed"],
    ["", "unnamed"],
    ["\u202egnp.exe", "gnp.exe"],
    ["-rf", "rf"],
    [".bashrc", "bashrc"],
  ];
  for (const [text, slug] of cases) {
    assert.equal(fileSlug(text), slug);
  }
});

test("The slug of any text is a safe name and its own slug", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const slug = fileSlug(text);
      assert.match(slug, /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
      assert.ok(slug.length <= 200);
      assert.equal(fileSlug(slug), slug);
    }),
  );
});

test("Long texts that differ only at their end have different slugs", () => {
  assert.notEqual(fileSlug(`${"a".repeat(300)}b`), fileSlug(`${"a".repeat(300)}c`));
});

test("A slugger never returns the same slug twice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(texts, fc.constantFrom("a b", "a-b", "A_B", "a-b-2")), { maxLength: 30 }),
      (all) => {
        const unique = createSlugger();
        assert.equal(new Set(all.map(unique)).size, all.length);
      },
    ),
  );
  const unique = createSlugger();
  assert.deepEqual(["a b", "a_b", "a-b"].map(unique), ["a-b", "a-b-2", "a-b-3"]);
});
