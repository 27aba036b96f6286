import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { downloadFromIndex, readPackageSources } from "../../src/setup/package-index.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const content = "the wheel's bytes";
const sha256 = createHash("sha256").update(content).digest("hex");
const wheel = { name: "tensorflow-cpu", version: "2.0", sha256, bytes: content.length, unpacked: 1 };
const folder = createTemporaryFolder("index");

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
  }
});

/** Starts a package index with these pages, as [content type, text] by path, and returns its URL. */
async function serve(
  pages: Readonly<Record<string, readonly [type: string, text: string]>>,
): Promise<string> {
  const server = createServer(({ url = "" }, response) => {
    const page = pages[url];
    response.writeHead(page === undefined ? 404 : 200, { "content-type": page?.[0] ?? "text/plain" });
    response.end(page?.[1]);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
}

const file = ["application/octet-stream", content] as const;

test("A wheel is downloaded by its hash from a page in HTML or JSON", async () => {
  const html = `<a href="../../files/old.whl#sha256=${"0".repeat(64)}">old</a><a href="../../files/a.whl?x=1&amp;y=2#sha256=${sha256}">new</a>`;
  const json = JSON.stringify({ files: [{ url: "../../files/b.whl", hashes: { sha256 } }] });
  for (const [path, type, page] of [
    ["/files/a.whl?x=1&y=2", "text/html", html],
    ["/files/b.whl", "application/vnd.pypi.simple.v1+json", json],
  ] as const) {
    const index = await serve({ "/simple/tensorflow-cpu/": [type, page], [path]: file });
    const downloaded = await downloadFromIndex(wheel, { indexes: [index], folders: [] }, folder);
    assert.equal(readFileSync(downloaded, "utf8"), content);
  }
});

test("The next index is asked if one does not have the wheel", async () => {
  const empty = await serve({});
  const html = `<a href="/w.whl#sha256=${sha256}">w</a>`;
  const index = await serve({ "/simple/tensorflow-cpu/": ["text/html", html], "/w.whl": file });
  const downloaded = await downloadFromIndex(wheel, { indexes: [empty, index], folders: [] }, folder);
  assert.equal(readFileSync(downloaded, "utf8"), content);
});

test("A wheel in a folder of wheels is taken if it has the pinned hash", async () => {
  const wheels = join(folder, "wheels");
  mkdirSync(wheels);
  writeFileSync(join(wheels, "tensorflow_cpu-2.0-cp310-any.whl"), "another build");
  writeFileSync(join(wheels, "tensorflow_cpu-2.0-cp311-any.whl"), content);
  const copied = await downloadFromIndex(wheel, { indexes: [], folders: [wheels] }, folder);
  assert.equal(readFileSync(copied, "utf8"), content);
});

test("A file with another hash, a missing project and an unreachable index are reported", async () => {
  const html = `<a href="/w.whl#sha256=${sha256}">w</a>`;
  const changed = ["application/octet-stream", "changed"] as const;
  const index = await serve({ "/simple/tensorflow-cpu/": ["text/html", html], "/w.whl": changed });
  const failure = (indexes: readonly string[]) => downloadFromIndex(wheel, { indexes, folders: [] }, folder);
  await assert.rejects(failure([index]), /does not have the pinned sha256/);
  await assert.rejects(failure([await serve({})]), /does not have tensorflow-cpu/);
  await assert.rejects(
    failure(["http://127.0.0.1:1/simple"]),
    /could not be reached \(.*\)\. Check the connection/,
  );
});

test("pip's sources are read from its configuration files, and from the environment before them", () => {
  const home = createTemporaryFolder("home");
  const configuration = join(home, "pip.conf");
  writeFileSync(
    configuration,
    `[global]\nindex-url = https://mirror/simple\nfind-links =\n    ${home}\n    /nowhere\n[install]\nindex-url = https://other/\n`,
  );
  const env = { PIP_CONFIG_FILE: configuration };
  assert.deepEqual(readPackageSources(env, home), { indexes: ["https://mirror/simple"], folders: [home] });
  assert.deepEqual(
    readPackageSources({ ...env, PIP_INDEX_URL: "https://a/", PIP_EXTRA_INDEX_URL: "https://b/" }, home),
    { indexes: ["https://a/", "https://b/"], folders: [home] },
  );
  assert.deepEqual(readPackageSources({ ...env, PIP_NO_INDEX: "1" }, home).indexes, []);
});
