import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCurves } from "../../src/explorer/curve-codec.js";
import { curveQuery } from "../../src/explorer/live-api.js";
import { createSweepIndex } from "../../src/explorer/sweep-index.js";
import { createRoutes, type WatchedData } from "../../src/watch/routes.js";

const token = "secret-token_1";
const hostile = `<img src=x onerror="alert(1)">`;
const curves = {
  width: 1,
  steps: Float64Array.of(3, 4),
  columns: new Map(),
  measuredSteps: Float64Array.of(3),
  measures: new Map([["accuracy", Float32Array.of(0.5)]]),
};
const watched: WatchedData = {
  index: () => createSweepIndex({ title: hostile, runs: [], columns: [], findings: [] }),
  waitingFor: () => [],
  update: (since) => ({
    revision: since + 1,
    runs: [],
    progress: { done: 0, running: 0, waiting: 0, failed: 0, isActive: false },
  }),
  readCurves: async ({ run }) => (run === "a.0" ? curves : undefined),
  csvOf: (id) => (id === "a.0" ? { path: "/a/run-0.csv", name: "a.0.csv" } : undefined),
};

/** Asks for a path behind the token. */
function ask(path: string, { method = "GET", host = "127.0.0.1:8080", data = watched, as = token } = {}) {
  return createRoutes(data, token)({ method, target: `/${as}/${path}`, host });
}

const statusOf = async (...request: Parameters<typeof ask>) => (await ask(...request)).status;

test("Every path needs the token", async () => {
  for (const as of [
    "",
    "secret-token_",
    "secret-token_11",
    "SECRET-token_1",
    "%73ecret-token_1",
    `${token}/`,
  ]) {
    for (const path of ["", "index.json", "update.json", "nothing"]) {
      assert.equal(await statusOf(path, { as }), 403, `${as} ${path}`);
    }
  }
  for (const target of ["/", "", "*", `/${token}`, `//${token}/`, `/x/../${token}/`, `http://a/${token}/`]) {
    const routes = createRoutes(watched, token);
    assert.equal((await routes({ method: "GET", target, host: "127.0.0.1" })).status, 403, target);
  }
});

test("Only names of this machine itself are accepted as its host", async () => {
  for (const host of ["127.0.0.1:8080", "127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:80"]) {
    assert.equal(await statusOf("", { host }), 200, host);
  }
  const others = [
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:8080",
    "127.0.0.1:8080@evil",
    "0.0.0.0",
    "",
  ];
  for (const host of others) {
    assert.equal(await statusOf("", { host }), 403, host);
  }
});

test("Nothing but GET and HEAD is answered", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "get"]) {
    assert.equal(await statusOf("", { method }), 405, method);
  }
  assert.equal(await statusOf("", { method: "HEAD" }), 200);
});

test("The page has the strict policy of the explorer, and shows hostile names as text", async () => {
  const { body, policy = "" } = await ask("");
  assert.ok(typeof body === "string" && !body.includes(hostile) && body.includes("&lt;img src=x"));
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']+'; .*frame-ancestors 'none'$/);
  const waiting = { ...watched, index: () => undefined, waitingFor: () => [hostile] };
  const page = await ask("", { data: waiting });
  assert.ok(typeof page.body === "string" && page.body.includes("No sweep has begun yet"));
  assert.ok(!page.body.includes(hostile));
  assert.match(page.policy ?? "", /^default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
});

test("Index, updates, curves and CSVs are answered, and what does not exist is not found", async () => {
  const { body } = await ask("update.json?since=41");
  assert.equal(JSON.parse(String(body)).revision, 42);
  assert.equal(JSON.parse(String((await ask("update.json?since=-1")).body)).revision, 1);
  assert.equal(JSON.parse(String((await ask("index.json")).body)).title, hostile);
  const found = await ask(`curves.bin?${curveQuery({ run: "a.0", from: 3, until: 5, width: 1 })}`);
  assert.ok(found.body instanceof Uint8Array);
  assert.deepEqual(decodeCurves(found.body).steps, curves.steps);
  assert.equal(await statusOf(`curves.bin?${curveQuery({ run: "b", from: 3, until: 5, width: 1 })}`), 404);
  assert.equal(await statusOf("curves.bin?run=a.0&from=x&until=5&width=1"), 400);
  assert.deepEqual((await ask("run.csv?run=a.0")).body, { path: "/a/run-0.csv", name: "a.0.csv" });
  assert.equal(await statusOf("run.csv?run=..%2F..%2Fetc%2Fpasswd"), 404);
  assert.equal(await statusOf("sweep.json"), 404);
});
