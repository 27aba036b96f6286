import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { openWatchServer } from "../../src/watch/server.js";
import { createSweepWatch } from "../../src/watch/sweep-watch.js";
import { temporaryFolder } from "../helpers/configs.js";

const waiting = createSweepWatch([join(temporaryFolder(), "none")], { normBound: 1000 });

test("A server answers only on 127.0.0.1, with headers that forbid keeping, framing and loading", async () => {
  const csv = join(temporaryFolder(), "run-0.csv");
  writeFileSync(csv, "<script>,step\n");
  const server = await openWatchServer({ ...waiting, csvOf: () => ({ path: csv, name: "a.0.csv" }) }, 0);
  try {
    assert.match(server.address, new RegExp(`^http://127\\.0\\.0\\.1:${server.port}/[\\w-]{32}/$`));
    const { headers } = await fetch(server.address);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.match(
      headers.get("content-security-policy") ?? "",
      /^default-src 'none';.* frame-ancestors 'none'$/,
    );
    const file = await fetch(`${server.address}run.csv?run=a.0`);
    assert.equal(await file.text(), "<script>,step\n");
    assert.equal(file.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.equal(file.headers.get("content-disposition"), 'attachment; filename="a.0.csv"');
    const refused = await fetch(server.address, { method: "POST", body: "x" });
    assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
  } finally {
    await server.close();
  }
});

test("A port that another program uses is refused with what to do", async () => {
  const server = await openWatchServer(waiting, 0);
  try {
    await assert.rejects(openWatchServer(waiting, server.port), {
      name: "SeglossError",
      message: `--port ${server.port}: another program uses it; without --port a free one is used`,
    });
  } finally {
    await server.close();
  }
});

test("A server closes while connections are open", async () => {
  const server = await openWatchServer(waiting, 0);
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  // A connection that is cut may end with an error, too.
  const closed = new Promise((resolve) => {
    socket.on("error", () => {});
    socket.on("close", resolve);
  });
  await server.close();
  await closed;
});
