import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";

/** The cache folders that a library is looked for in. */
export interface CacheFolders {
  /** Caches of an administrator, in order; only read, and looked at before the user's own. */
  readonly system: readonly string[];
  /** The user's own cache: set-up installs here, and compiled programs are stored here. */
  readonly own: string;
}

const defaultSystemCache = "/opt/segloss";

/**
 * Returns the user's cache folder, shared by all installations of a user: $SEGLOSS_CACHE, else
 * $XDG_CACHE_HOME/segloss, else the platform's cache folder. Ignores a relative XDG_CACHE_HOME, as the XDG
 * Base Directory Specification demands.
 */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env.SEGLOSS_CACHE !== undefined && env.SEGLOSS_CACHE !== "") {
    return env.SEGLOSS_CACHE;
  }
  if (env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME)) {
    return join(env.XDG_CACHE_HOME, "segloss");
  }
  return join(home, platform === "darwin" ? "Library/Caches" : ".cache", "segloss");
}

/**
 * Returns the user's cache and the system's: those in $SEGLOSS_SYSTEM_CACHE, separated by colons, else
 * /opt/segloss. An empty variable means none.
 */
export function cacheFolders(env: NodeJS.ProcessEnv = process.env): CacheFolders {
  const own = cacheFolder(env);
  const listed = (env.SEGLOSS_SYSTEM_CACHE ?? defaultSystemCache).split(delimiter);
  return { own, system: listed.filter((folder) => isAbsolute(folder) && folder !== own) };
}
