import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The folder where unpacked libraries are kept, once per machine: $SEGLOSS_CACHE, else $XDG_CACHE_HOME/segloss, else the system's usual place.
 * A relative XDG_CACHE_HOME is ignored, as its specification says.
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
