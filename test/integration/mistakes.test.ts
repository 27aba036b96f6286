import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type RunFlags, runCommand, runRequest } from "../../src/commands/run.js";
import { sweepCommand } from "../../src/commands/sweep/sweep.js";
import { type SweepFlags, sweepRequest } from "../../src/commands/sweep/sweep-request.js";
import { problemsError } from "../../src/config/problems.js";
import { openCommandDriver } from "../helpers/command-driver.js";
import { temporaryFolder } from "../helpers/configs.js";
import { type Mistake, mistakes } from "./mistakes.js";

/** Returns the message for a command line, from the functions that its commands call. */
function messageOf({ words }: Mistake): string {
  const [name, ...rest] = words;
  const command = name === "sweep" ? sweepCommand() : runCommand();
  const { operands } = command.parseOptions([...rest]);
  const [file = ""] = operands;
  const result =
    name === "sweep" ? sweepRequest(file, command.opts<SweepFlags>()) : runRequest(command.opts<RunFlags>());
  assert.ok("problems" in result, `accepted: ${JSON.stringify(words)}`);
  const error = problemsError(result.problems);
  assert.equal(error.exitCode, 2);
  return error.message;
}

function checkMessage(message: string, culprit: string): void {
  assert.ok(message.includes(culprit), `${message}\ndoes not name ${culprit}`);
  assert.match(message, /: got .*; allowed: /);
  assert.doesNotMatch(message.replaceAll("\n", ""), /[\p{Cc}\p{Cs}]/u);
  assert.ok(message.length < 20_000);
}

test("Each of 1,500 generated mistakes is refused with exit code 2 and a message that names it", () => {
  const folder = temporaryFolder();
  const before = process.cwd();
  process.chdir(folder);
  try {
    fc.assert(
      fc.property(mistakes, (mistake) => {
        writeFileSync("bad.json", mistake.config ?? "{}");
        checkMessage(messageOf(mistake), mistake.culprit);
      }),
      { numRuns: 1500 },
    );
  } finally {
    process.chdir(before);
  }
  assert.deepEqual(readdirSync(folder), ["bad.json"]);
});

test("The built program refuses mistakes without a stack trace and without writing a file", async (t) => {
  const folder = temporaryFolder();
  const driver = openCommandDriver();
  t.after(driver.close);
  for (const mistake of fc.sample(mistakes, 30)) {
    writeFileSync(join(folder, "bad.json"), mistake.config ?? "{}");
    const [{ code, out, err } = assert.fail()] = await driver.run([mistake.words], folder);
    const told = JSON.stringify(mistake);
    assert.deepEqual([code, out], [2, ""], `${told}\n${err}`);
    assert.match(err, /^segloss: /, told);
    assert.doesNotMatch(err, /\n {4}at |node:internal/, told);
    checkMessage(err, mistake.culprit);
    assert.deepEqual(readdirSync(folder), ["bad.json"], told);
  }
});
