import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, open } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCode, firstLine, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import { sha256OfFile } from "../results/fs/contents.js";
import type { Wheel } from "../tensorflow/index.js";
import { openByteProgress } from "./byte-progress.js";

// Downloads wheels without Python, from the package indexes and folders that pip is configured for, by the
// simple repository API (https://packaging.python.org/en/latest/specifications/simple-repository-api/). A
// wheel is found by its pinned sha256.

/** Where pip looks for packages. */
export interface PackageSources {
  /** URLs of simple repository APIs. */
  readonly indexes: readonly string[];
  /** Folders of wheels (`--find-links`). */
  readonly folders: readonly string[];
}

const attempts = 3;
const pageTimeoutMs = 30_000;
/** A download without a byte for this long has failed. */
const stallTimeoutMs = 60_000;

/**
 * Reads pip's sources from the environment and from its configuration files; the environment overrides the
 * files.
 */
export function readPackageSources(
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): PackageSources {
  const files = env.PIP_CONFIG_FILE === undefined ? configurationFiles(home) : [env.PIP_CONFIG_FILE];
  const settings = new Map(files.flatMap(readConfiguration));
  const value = (name: string): string =>
    env[`PIP_${name.replaceAll("-", "_").toUpperCase()}`] ?? settings.get(name) ?? "";
  const words = (name: string): string[] =>
    value(name)
      .split(/\s+/)
      .filter((word) => word !== "");
  const noIndex = /^(1|true|yes|on)$/i.test(value("no-index"));
  return {
    indexes: noIndex ? [] : [...words("index-url"), ...words("extra-index-url")],
    folders: words("find-links")
      .map((link) => (link.startsWith("file:") ? fileURLToPath(link) : link))
      .filter((link) => existsSync(link)),
  };
}

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
  for (const index of sources.indexes) {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        await fetchWheel(await findUrl(wheel, index), wheel, file);
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
          failures.push(`${index} could not be reached (${reasonOf(error)})`);
        }
      }
    }
  }
  throw failure(
    `${wheel.name} ${wheel.version} could not be downloaded: ${failures.join("; ") || "no package index is configured"}. ` +
      `Check the connection and PIP_INDEX_URL, then run "${setupCommandLine()}" again.`,
  );
}

/**
 * Finds the URL of the file with the pinned sha256 in the index's page of the project, which is JSON or HTML.
 */
async function findUrl({ name, version, sha256 }: Wheel, index: string): Promise<URL> {
  const page = new URL(`${name}/`, index.endsWith("/") ? index : `${index}/`);
  const response = await fetch(page, {
    headers: { accept: "application/vnd.pypi.simple.v1+json, text/html;q=0.5" },
    signal: AbortSignal.timeout(pageTimeoutMs),
  });
  if (response.status === 404) {
    throw failure(`${index} does not have ${name}`);
  }
  if (!response.ok) {
    throw new Error(`HTTP status ${response.status}`);
  }
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  const link = isJson ? linkInJson(text, sha256) : linkInHtml(text, sha256);
  if (link === undefined) {
    throw failure(`${index} does not have the pinned file of ${name} ${version}`);
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

async function fetchWheel(url: URL, wheel: Wheel, path: string): Promise<void> {
  const control = new AbortController();
  let timer = setTimeout(() => control.abort(), stallTimeoutMs);
  const progress = openByteProgress(`downloading ${wheel.name} ${wheel.version}`, wheel.bytes);
  const file = await open(path, "w");
  try {
    const response = await fetch(url, { signal: control.signal });
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

/** pip reads them in this order, and later ones override earlier ones. */
function configurationFiles(home: string): string[] {
  return [
    "/etc/xdg/pip/pip.conf",
    "/etc/pip.conf",
    join(home, ".pip/pip.conf"),
    join(home, ".config/pip/pip.conf"),
    join(home, "Library/Application Support/pip/pip.conf"),
  ];
}

/**
 * Reads the sections [global] and [download] of a configuration file. Returns nothing if it cannot be read.
 */
function readConfiguration(file: string): [name: string, value: string][] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  const settings: [string, string][] = [];
  let section = "";
  for (const line of text.split("\n")) {
    const header = /^\[(\w+)\]/.exec(line)?.[1];
    const setting = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line);
    const last = settings.at(-1);
    if (header !== undefined) {
      section = header;
    } else if (section === "global" || section === "download") {
      if (setting !== null) {
        settings.push([(setting[1] ?? "").replaceAll("_", "-"), (setting[2] ?? "").trim()]);
      } else if (/^\s+[^\s#;]/.test(line) && last !== undefined) {
        // A value goes on in indented lines.
        last[1] = `${last[1]} ${line.trim()}`;
      }
    }
  }
  return settings;
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
