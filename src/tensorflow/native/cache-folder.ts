import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Returns the folder of unpacked libraries, shared by all installations of a user: $SEGLOSS_CACHE, else
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
