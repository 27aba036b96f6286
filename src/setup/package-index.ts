import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from "undici";
import { exitCode, firstLine, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import { sha256OfFile } from "../results/fs/contents.js";
import type { Wheel } from "../tensorflow/index.js";
import { openByteProgress } from "./byte-progress.js";
import type { ConnectionSettings, PackageSources } from "./package-sources.js";

// Downloads wheels without Python, from the package indexes and folders that pip is configured for, by the
// simple repository API (https://packaging.python.org/en/latest/specifications/simple-repository-api/). A
// wheel is found by its pinned sha256.

const attempts = 3;
const pageTimeoutMs = 30_000;
/** A download without a byte for this long has failed. */
const stallTimeoutMs = 60_000;

/**
 * Copies or downloads a wheel into `folder/download` and returns its path. The sha256 is verified.
 *
 * @throws SeglossError that says what went wrong
 */
export async function downloadFromIndex(
  wheel: Wheel,
  sources: PackageSources,
  folder: string,
): Promise<string> {
  const download = join(folder, "download");
  await mkdir(download, { recursive: true });
  const file = join(download, `${wheel.name}.whl`);
  for (const candidate of sources.folders.flatMap((links) => wheelsIn(links, wheel))) {
    if (sha256OfFile(candidate) === wheel.sha256) {
      await copyFile(candidate, file);
      return file;
    }
  }
  const failures: string[] = [];
  const dispatcher = createDispatcher(sources.connection);
  try {
    for (const text of sources.indexes) {
      const index = parseIndex(text, dispatcher);
      for (let attempt = 1; attempt <= attempts; attempt++) {
        try {
          await fetchWheel(await findUrl(wheel, index), wheel, file, index);
          return file;
        } catch (error) {
          if (error instanceof SeglossError) {
            failures.push(error.message);
            break;
          }
          if (isDiskError(error)) {
            throw error;
          }
          if (attempt === attempts) {
            failures.push(`${index.url} could not be reached (${reasonOf(error)})`);
          }
        }
      }
    }
  } finally {
    await dispatcher.close();
  }
  throw failure(
    `${wheel.name} ${wheel.version} could not be downloaded: ${failures.join("; ") || "no package index is configured"}. ` +
      `Check the connection and PIP_INDEX_URL, then run "${setupCommandLine()}" again.`,
  );
}

/** A package index and how it is reached. */
interface PackageIndex {
  /** Without the user and password that it was configured with. */
  readonly url: URL;
  /** The header that has them instead. */
  readonly authorization: string | undefined;
  readonly dispatcher: Dispatcher;
}

function createDispatcher({
  httpProxy = "",
  httpsProxy = "",
  noProxy = "",
  certificates,
}: ConnectionSettings): EnvHttpProxyAgent {
  const ca = certificates === undefined ? undefined : { ca: readFileSync(certificates) };
  // `requestTls` is for connections through a proxy; the types of this class lack it.
  const tls = ca === undefined ? {} : { connect: ca, requestTls: ca, proxyTls: ca };
  const { emitWarning } = process;
  // undici 6 warns that this class may still change; the version is pinned.
  process.emitWarning = () => {};
  try {
    return new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy, ...tls });
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** fetch() refuses URLs with a user and a password, and messages must not show them. */
function parseIndex(text: string, dispatcher: Dispatcher): PackageIndex {
  const url = new URL(text.endsWith("/") ? text : `${text}/`);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  return { url, authorization: username === "" ? undefined : authorization, dispatcher };
}

/** Requests a URL. Only the index's own host gets its user and password. */
function request(
  url: URL,
  { url: { host }, authorization, dispatcher }: PackageIndex,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = {
    accept: "application/vnd.pypi.simple.v1+json, text/html;q=0.5, */*;q=0.1",
  };
  if (authorization !== undefined && url.host === host) {
    headers.authorization = authorization;
  }
  return fetch(url, { headers, signal, dispatcher });
}

/**
 * Finds the URL of the file with the pinned sha256 in the index's page of the project, which is JSON or HTML.
 */
async function findUrl({ name, version, sha256 }: Wheel, index: PackageIndex): Promise<URL> {
  const page = new URL(`${name}/`, index.url);
  const response = await request(page, index, AbortSignal.timeout(pageTimeoutMs));
  if (response.status === 404) {
    throw failure(`${index.url} does not have ${name}`);
  }
  if (!response.ok) {
    throw new Error(`HTTP status ${response.status}`);
  }
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const link = isJson ? linkInJson(text, sha256) : linkInHtml(text, sha256);
  if (link === undefined) {
    throw failure(`${index.url} does not have the pinned file of ${name} ${version}`);
  }
  return new URL(link, response.url);
}

function linkInJson(text: string, sha256: string): string | undefined {
  const { files }: { files: readonly { url: string; hashes?: { sha256?: string } }[] } = JSON.parse(text);
  return files.find(({ hashes }) => hashes?.sha256 === sha256)?.url;
}

function linkInHtml(text: string, sha256: string): string | undefined {
  const links = [...text.matchAll(/href="([^"]*)#sha256=([0-9a-f]{64})"/g)];
  return links.find(([, , hash]) => hash === sha256)?.[1]?.replaceAll("&amp;", "&");
}

async function fetchWheel(url: URL, wheel: Wheel, path: string, index: PackageIndex): Promise<void> {
  const control = new AbortController();
  let timer = setTimeout(() => control.abort(), stallTimeoutMs);
  const progress = openByteProgress(`downloading ${wheel.name} ${wheel.version}`, wheel.bytes);
  const file = await open(path, "w");
  try {
    const response = await request(url, index, control.signal);
    if (!response.ok || response.body === null) {
      throw new Error(`HTTP status ${response.status}`);
    }
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort(), stallTimeoutMs);
      hash.update(chunk);
      await file.writeFile(chunk);
      bytes += chunk.length;
      progress.update(bytes);
    }
    if (hash.digest("hex") !== wheel.sha256) {
      throw failure(`the file of ${wheel.name} ${wheel.version} does not have the pinned sha256`);
    }
  } finally {
    clearTimeout(timer);
    progress.close();
    await file.close();
  }
}

/**
 * Lists the wheels of a project and version in a folder. Wheels have underscores where names have hyphens.
 */
function wheelsIn(folder: string, { name, version }: Wheel): string[] {
  const start = `${name.replaceAll("-", "_")}-${version}-`;
  return readdirSync(folder)
    .filter((file) => file.startsWith(start) && file.endsWith(".whl"))
    .map((file) => join(folder, file));
}

/** undici wraps the reason of a failed request in "fetch failed". */
function reasonOf(error: unknown): string {
  return firstLine(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}

function isDiskError(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["ENOSPC", "EDQUOT", "EROFS"].includes(`${error.code}`);
}

function failure(message: string): SeglossError {
  return new SeglossError(message, { exitCode: exitCode.runFailed });
}
