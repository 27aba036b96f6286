import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  clearXlaCache,
  findXlaCache,
  useXlaCache,
  xlaCacheInUse,
} from "../../../src/tensorflow/native/xla-cache.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

/** A file, so that not even root can create a folder there. */
const noFolder = "/dev/null/none";

test("Compiled programs go to SEGLOSS_XLA_CACHE alone, else to the cache, else to the home's cache", () => {
  const folder = createTemporaryFolder("xla");
  const [named, cache, home] = ["named", "cache", "home"].map((name) => join(folder, name));
  const env = { SEGLOSS_XLA_CACHE: named, SEGLOSS_CACHE: cache, XDG_CACHE_HOME: home };
  assert.equal(dirname(findXlaCache(env) ?? ""), named);
  assert.equal(findXlaCache({ ...env, SEGLOSS_XLA_CACHE: noFolder }), undefined);
  assert.equal(dirname(findXlaCache({ ...env, SEGLOSS_XLA_CACHE: "" }) ?? ""), cache);
  const readOnly = { ...env, SEGLOSS_XLA_CACHE: "", SEGLOSS_CACHE: noFolder };
  assert.equal(dirname(findXlaCache(readOnly) ?? ""), `${home}/segloss`);
});

test("Where no cache can be written, compiled programs go to a folder that only this user can write", () => {
  const temporary = createTemporaryFolder("xla-tmp");
  const env: NodeJS.ProcessEnv = { SEGLOSS_CACHE: noFolder, XDG_CACHE_HOME: noFolder, TMPDIR: temporary };
  useXlaCache(env);
  const [name = ""] = readdirSync(temporary);
  const own = join(temporary, name);
  assert.match(env.TF_XLA_FLAGS ?? "", new RegExp(`directory=${own}/xla-`));
  assert.equal(statSync(own).mode & 0o777, 0o700);
  clearXlaCache(env);
  assert.deepEqual(readdirSync(own), []);
  chmodSync(own, 0o777);
  assert.equal(findXlaCache(env), undefined);
});

test("A folder is named once, and a user's own stays the user's", () => {
  const env: NodeJS.ProcessEnv = { SEGLOSS_XLA_CACHE: createTemporaryFolder("xla-twice") };
  const folder = useXlaCache(env);
  const flags = env.TF_XLA_FLAGS;
  assert.equal(dirname(folder ?? ""), env.SEGLOSS_XLA_CACHE);
  assert.deepEqual([useXlaCache(env), env.TF_XLA_FLAGS, xlaCacheInUse(env)], [folder, flags, folder]);
  const own: NodeJS.ProcessEnv = { ...env, TF_XLA_FLAGS: "--tf_xla_persistent_cache_directory=/mine" };
  assert.deepEqual([useXlaCache(own), xlaCacheInUse(own)], [undefined, "/mine"]);
  const none: NodeJS.ProcessEnv = { ...env, TF_XLA_FLAGS: "--tf_xla_persistent_cache_directory=" };
  assert.deepEqual([useXlaCache(none), xlaCacheInUse(none)], [undefined, undefined]);
  assert.equal(none.TF_XLA_FLAGS, "--tf_xla_persistent_cache_directory=");
});

test("A link in place of the private folder is not followed", () => {
  const temporary = createTemporaryFolder("xla-link");
  mkdirSync(join(temporary, "elsewhere"), { mode: 0o700 });
  symlinkSync("elsewhere", join(temporary, `segloss-${process.getuid?.()}`));
  const env = { SEGLOSS_CACHE: noFolder, XDG_CACHE_HOME: noFolder, TMPDIR: temporary };
  assert.equal(findXlaCache(env), undefined);
});
