import { join } from "node:path";
import { installPack, readPack } from "../../src/setup/pack/install.js";
import { writePack } from "../../src/setup/pack/write.js";
import { findNativeLibrary } from "../../src/tensorflow/native/library.js";
import { cpuWheels } from "./packs.js";

// A process to be killed: `install-pack.ts pack|install FILE CACHE` writes the library of a cache to a pack, or installs
// a pack in a cache.

const [, , action, file = "", cache = ""] = process.argv;
if (action === "pack") {
  const library = findNativeLibrary({ own: cache, system: [] });
  if (library === undefined) {
    throw new Error(`there is no library in ${cache}`);
  }
  await writePack(library, cpuWheels(), file);
} else {
  const pack = await readPack(file);
  await installPack(pack, join(cache, pack.manifest.library));
}
