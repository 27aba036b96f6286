import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// The configuration of pip, as far as it says where packages come from, so that set-up without Python uses the
// mirrors and proxies that pip would.

/** Where pip looks for packages. */
export interface PackageSources {
  /** URLs of simple repository APIs. */
  readonly indexes: readonly string[];
  /** Folders of wheels (`--find-links`). */
  readonly folders: readonly string[];
  readonly connection: ConnectionSettings;
}

/** How a package index is reached; undefined where nothing is configured. */
export interface ConnectionSettings {
  /** URLs of the proxies for indexes by HTTP and by HTTPS. */
  readonly httpProxy?: string | undefined;
  readonly httpsProxy?: string | undefined;
  /** Hosts that are reached without a proxy, separated by commas. */
  readonly noProxy?: string | undefined;
  /** A file with the certificates to trust, instead of Node's. */
  readonly certificates?: string | undefined;
}

/**
 * Reads pip's sources from the environment and from its configuration files; the environment overrides the
 * files. Proxies are pip's own, else those that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
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
  const variable = (name: string): string | undefined => env[name.toLowerCase()] ?? env[name.toUpperCase()];
  const proxy = value("proxy") === "" ? undefined : value("proxy");
  const noIndex = /^(1|true|yes|on)$/i.test(value("no-index"));
  return {
    indexes: noIndex ? [] : [...words("index-url"), ...words("extra-index-url")],
    folders: words("find-links")
      .map((link) => (link.startsWith("file:") ? fileURLToPath(link) : link))
      .filter((link) => existsSync(link)),
    connection: {
      httpProxy: proxy ?? variable("http_proxy"),
      httpsProxy: proxy ?? variable("https_proxy"),
      noProxy: variable("no_proxy"),
      certificates: value("cert") === "" ? undefined : value("cert"),
    },
  };
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
