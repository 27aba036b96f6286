import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";
import { readCheckedFile, writeCheckedFile } from "./checked-file.js";

// V8 takes a tenth of a second to compile tfjs's three megabytes of JavaScript. Node 22 can keep compiled modules
// (module.enableCompileCache), Node 20 cannot; this works in both.

type Wrapper = (
  exports: unknown,
  require: NodeJS.Require,
  module: Module,
  file: string,
  folder: string,
) => void;

/**
 * Requires a CommonJS module of one file with its compiled code from a folder, where it is stored if it is not there. A
 * second call returns the same module. A folder that cannot be read or written, or a damaged file, only costs time.
 *
 * @param file the module's path, as `require.resolve` returns it
 */
export function requireWithCodeCache(file: string, folder: string): unknown {
  const require = createRequire(file);
  const known = require.cache[file];
  if (known !== undefined) {
    return known.exports;
  }
  const source = readFileSync(file, "utf8");
  const path = join(folder, `${codeName(file, source)}.code`);
  // V8 would run damaged code as it is.
  const stored = readCheckedFile(path);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    ...(stored !== undefined && { cachedData: stored }),
  });
  const module = new Module(file);
  module.filename = file;
  require.cache[file] = module;
  try {
    const run: Wrapper = script.runInThisContext();
    run(module.exports, require, module, file, dirname(file));
    module.loaded = true;
  } catch (error) {
    delete require.cache[file];
    throw error;
  }
  if (stored === undefined || script.cachedDataRejected) {
    writeCheckedFile(path, script.createCachedData());
  }
  return module.exports;
}

/** Returns a name for the code that this version of V8 makes of a source. V8 itself compares only the source's length. */
function codeName(file: string, source: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([file, cachedDataVersionTag()]))
    .update(source);
  return `javascript-${hash.digest("hex").slice(0, 16)}`;
}
