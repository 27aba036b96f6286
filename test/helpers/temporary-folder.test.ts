import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createTemporaryFolder } from "./temporary-folder.js";

const tests = fileURLToPath(new URL("../", import.meta.url));

test("A test file that fails leaves no folder in the temporary directory", () => {
  const temporary = createTemporaryFolder("helper");
  const text = `
    import { writeFileSync } from "node:fs";
    import { createTemporaryFolder } from ${JSON.stringify(join(tests, "helpers/temporary-folder.ts"))};
    writeFileSync(createTemporaryFolder("left") + "/file", "");
    throw new Error("the test fails");`;
  assert.throws(
    () =>
      execFileSync(
        process.execPath,
        ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", text],
        {
          env: { ...process.env, TMPDIR: temporary },
          stdio: ["ignore", "ignore", "pipe"],
          encoding: "utf8",
        },
      ),
    /the test fails/,
  );
  // tsx stores its own cache in the temporary directory.
  assert.deepEqual(
    readdirSync(temporary).filter((name) => name.startsWith("segloss-")),
    [],
  );
});

test("The tests of set-up, gpu-check, the doctor and the TensorFlow files create folders only by the helper that removes them", () => {
  const rooms = [
    "doctor/",
    "scripts/",
    "setup/",
    "tensorflow/gpu/",
    "tensorflow/native/",
    "integration/setup",
  ];
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((file) =>
    rooms.some((room) => file.startsWith(room)),
  );
  assert.ok(files.length > 12);
  const direct = files.filter(
    (file) => file.endsWith(".ts") && readFileSync(join(tests, file), "utf8").includes("mkdtemp"),
  );
  assert.deepEqual(direct, []);
});
