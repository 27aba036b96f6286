import assert from "node:assert/strict";
import { test } from "node:test";
import { hashConfig } from "../../src/config/hash.js";
import { configOf } from "../helpers/configs.js";

test("The hash depends on every value and not on the order of the keys", () => {
  const hash = hashConfig(configOf({ steps: 3, loss: ["cce", "dice"] }));
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(hashConfig(configOf({ loss: ["cce", "dice"], steps: 3, seed: 1 })), hash);
  const others = [
    { steps: 4 },
    { seed: 2 },
    { runs: 2 },
    { monitor: "cce" },
    { perLayer: true },
    { loss: "cce" },
    { loss: ["cce"] },
  ];
  const hashes = others.map((other) => hashConfig(configOf({ steps: 3, loss: ["cce", "dice"], ...other })));
  assert.equal(new Set([hash, ...hashes]).size, others.length + 1);
});

test("Zero and minus zero are the same config", () => {
  assert.equal(
    hashConfig(configOf({ momentum: -0, focalGamma: [-0] })),
    hashConfig(configOf({ momentum: 0, focalGamma: [0] })),
  );
});
