import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { downloadFromIndex } from "../../src/setup/package-index.js";
import {
  type ConnectionSettings,
  type PackageSources,
  readPackageSources,
} from "../../src/setup/package-sources.js";
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

/** Returns sources with these indexes alone, by default without the proxies of this test's environment. */
function from(indexes: readonly string[], connection: ConnectionSettings = direct): PackageSources {
  return { indexes, folders: [], connection };
}

const direct = { httpProxy: "", httpsProxy: "", noProxy: "" };
const file = ["application/octet-stream", content] as const;

test("A wheel is downloaded by its hash from a page in HTML or JSON", async () => {
  const html = `<a href="../../files/old.whl#sha256=${"0".repeat(64)}">old</a><a href="../../files/a.whl?x=1&amp;y=2#sha256=${sha256}">new</a>`;
  const json = JSON.stringify({ files: [{ url: "../../files/b.whl", hashes: { sha256 } }] });
  for (const [path, type, page] of [
    ["/files/a.whl?x=1&y=2", "text/html", html],
    ["/files/b.whl", "application/vnd.pypi.simple.v1+json", json],
  ] as const) {
    const index = await serve({ "/simple/tensorflow-cpu/": [type, page], [path]: file });
    const downloaded = await downloadFromIndex(wheel, from([index]), folder);
    assert.equal(readFileSync(downloaded, "utf8"), content);
  }
});

test("The next index is asked if one does not have the wheel", async () => {
  const empty = await serve({});
  const html = `<a href="/w.whl#sha256=${sha256}">w</a>`;
  const index = await serve({ "/simple/tensorflow-cpu/": ["text/html", html], "/w.whl": file });
  const downloaded = await downloadFromIndex(wheel, from([empty, index]), folder);
  assert.equal(readFileSync(downloaded, "utf8"), content);
});

test("A wheel in a folder of wheels is taken if it has the pinned hash", async () => {
  const wheels = join(folder, "wheels");
  mkdirSync(wheels);
  writeFileSync(join(wheels, "tensorflow_cpu-2.0-cp310-any.whl"), "another build");
  writeFileSync(join(wheels, "tensorflow_cpu-2.0-cp311-any.whl"), content);
  const copied = await downloadFromIndex(wheel, { ...from([]), folders: [wheels] }, folder);
  assert.equal(readFileSync(copied, "utf8"), content);
});

test("A file with another hash, a missing project and an unreachable index are reported", async () => {
  const html = `<a href="/w.whl#sha256=${sha256}">w</a>`;
  const changed = ["application/octet-stream", "changed"] as const;
  const index = await serve({ "/simple/tensorflow-cpu/": ["text/html", html], "/w.whl": changed });
  const failure = (indexes: readonly string[]) => downloadFromIndex(wheel, from(indexes), folder);
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
  const read = (changes: NodeJS.ProcessEnv) => {
    const { indexes, folders } = readPackageSources({ ...env, ...changes }, home);
    return [indexes, folders];
  };
  assert.deepEqual(read({}), [["https://mirror/simple"], [home]]);
  assert.deepEqual(read({ PIP_INDEX_URL: "https://a/", PIP_EXTRA_INDEX_URL: "https://b/" }), [
    ["https://a/", "https://b/"],
    [home],
  ]);
  assert.deepEqual(readPackageSources({ ...env, PIP_NO_INDEX: "1" }, home).indexes, []);
});

test("Proxy and certificates are pip's, else the proxies are those of the environment", () => {
  const home = createTemporaryFolder("home");
  const file = join(home, "pip.conf");
  writeFileSync(file, "[global]\nproxy = http://user:word@pip:1\ncert = /ca.pem\n");
  const proxies = { HTTP_PROXY: "http://a:1", https_proxy: "http://b:1", NO_PROXY: "localhost" };
  const read = (env: NodeJS.ProcessEnv) => readPackageSources(env, home).connection;
  assert.deepEqual(read({ ...proxies, PIP_CONFIG_FILE: "/dev/null" }), {
    httpProxy: "http://a:1",
    httpsProxy: "http://b:1",
    noProxy: "localhost",
    certificates: undefined,
  });
  assert.deepEqual(read({ ...proxies, PIP_CONFIG_FILE: file }), {
    httpProxy: "http://user:word@pip:1",
    httpsProxy: "http://user:word@pip:1",
    noProxy: "localhost",
    certificates: "/ca.pem",
  });
  assert.equal(read({ PIP_PROXY: "http://c:1", PIP_CONFIG_FILE: file }).httpProxy, "http://c:1");
});

/** Starts a proxy that connects every host to one server, and returns its URL and the hosts that were asked for. */
async function startProxy(target: string): Promise<{ readonly url: string; readonly hosts: string[] }> {
  const hosts: string[] = [];
  const { hostname, port } = new URL(target);
  const server = createServer().on("connect", (request, socket) => {
    hosts.push(request.url ?? "");
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
}

test("A mirror behind a proxy is reached through it, and a host that needs none without it", async () => {
  const html = `<a href="/w.whl#sha256=${sha256}">w</a>`;
  const index = await serve({ "/simple/tensorflow-cpu/": ["text/html", html], "/w.whl": file });
  const { url, hosts } = await startProxy(index);
  const connection = { ...direct, httpProxy: url };
  const mirror = "http://mirror.invalid/simple";
  const downloaded = await downloadFromIndex(wheel, from([mirror], connection), folder);
  assert.equal(readFileSync(downloaded, "utf8"), content);
  assert.deepEqual([...new Set(hosts)], ["mirror.invalid:80"]);
  const count = hosts.length;
  await downloadFromIndex(wheel, from([index], { ...connection, noProxy: "127.0.0.1" }), folder);
  assert.equal(hosts.length, count);
});

test("A mirror's user and password are sent to it, and no message shows them", async () => {
  const server = createServer(({ url, headers }, response) => {
    const isKnown = headers.authorization === `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    response.writeHead(isKnown ? 200 : 401, { "content-type": "text/html" });
    response.end(url === "/w.whl" ? content : `<a href="/w.whl#sha256=${sha256}">w</a>`);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const index = (user: string) => `http://${user}@127.0.0.1:${port}/simple`;
  const downloaded = await downloadFromIndex(wheel, from([index("me:p%40ss")]), folder);
  assert.equal(readFileSync(downloaded, "utf8"), content);
  await assert.rejects(
    downloadFromIndex(wheel, from([index("me:secret")]), folder),
    (error) =>
      error instanceof Error && /HTTP status 401/.test(error.message) && !/secret/.test(error.message),
  );
});
