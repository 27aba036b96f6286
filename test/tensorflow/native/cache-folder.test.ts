import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheFolder, cacheFolders } from "../../../src/tensorflow/native/cache-folder.js";

test("The cache folder is SEGLOSS_CACHE, else under XDG_CACHE_HOME, else the platform's", () => {
  assert.equal(cacheFolder({ SEGLOSS_CACHE: "/a", XDG_CACHE_HOME: "/b" }, "linux", "/h"), "/a");
  assert.equal(cacheFolder({ SEGLOSS_CACHE: "", XDG_CACHE_HOME: "/b" }, "linux", "/h"), "/b/segloss");
  assert.equal(cacheFolder({}, "linux", "/h"), "/h/.cache/segloss");
  assert.equal(cacheFolder({}, "darwin", "/h"), "/h/Library/Caches/segloss");
});

test("A relative XDG_CACHE_HOME is ignored", () => {
  assert.equal(cacheFolder({ XDG_CACHE_HOME: "here" }, "linux", "/h"), "/h/.cache/segloss");
});

test("System caches are those of SEGLOSS_SYSTEM_CACHE, else /opt/segloss, and never the user's own", () => {
  const system = (env: NodeJS.ProcessEnv) => cacheFolders({ SEGLOSS_CACHE: "/own", ...env }).system;
  assert.deepEqual(system({}), ["/opt/segloss"]);
  assert.deepEqual(system({ SEGLOSS_SYSTEM_CACHE: "" }), []);
  assert.deepEqual(system({ SEGLOSS_SYSTEM_CACHE: "/a:/own:relative:/b" }), ["/a", "/b"]);
});
