import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import { createCurves } from "../../src/analysis/run-curves.js";
import { decodeCurves } from "../../src/explorer/curve-codec.js";
import { embedCurves, embeddedWidth } from "../../src/explorer/embed.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const folder = createTemporaryFolder("embed");

/** Creates files of these sizes, without content. */
function filesOf(count: number, bytes: number) {
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${count}-${bytes}-${i}.csv`);
    writeFileSync(path, "");
    truncateSync(path, bytes);
    return { path };
  });
}

test("A small sweep is embedded step by step, a larger one in intervals, and no run in fewer than 50", () => {
  assert.equal(embeddedWidth(filesOf(12, 70_000)), 1);
  assert.equal(embeddedWidth(filesOf(180, 1_450_000)), 15);
  // 10,000 steps each: 50 intervals of 200 steps.
  assert.equal(embeddedWidth(filesOf(2000, 1_450_000)), 200);
});

test("Embedded curves of a small sweep are exact", () => {
  const column = Float32Array.from([0.1, 1 / 3, 1e-20]);
  const curves = createCurves(
    { steps: Float64Array.from([0, 1, 2]), values: new Map([["cce_loss", column]]) },
    1,
  );
  const text = embedCurves(new Map([["a.0", curves]])).get("a.0") ?? assert.fail();
  assert.deepEqual(decodeCurves(inflateRawSync(Buffer.from(text, "base64"))), curves);
});
