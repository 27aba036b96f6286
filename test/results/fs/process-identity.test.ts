import assert from "node:assert/strict";
import { test } from "node:test";
import { isRunning, type ProcessIdentity, thisProcess } from "../../../src/results/fs/process-identity.js";

const isLinux = process.platform === "linux";
const here: ProcessIdentity = {
  ...thisProcess(),
  machine: "machine 1",
  namespace: "pid:[4026531836]",
};

test("This process is running, and one with its pid and another start is not", () => {
  assert.equal(isRunning(thisProcess()), true);
  assert.equal(isRunning({ ...thisProcess(), started: "long ago" }), false);
});

test("Nothing can be said about a process on another host, or on another machine of the same name", () => {
  assert.equal(isRunning({ ...here, host: "elsewhere" }, here), undefined);
  assert.equal(isRunning({ ...here, machine: "machine 2" }, here), undefined);
});

test("Nothing can be said about a process in another PID namespace", () => {
  assert.equal(isRunning({ ...here, namespace: "pid:[4026532179]" }, here), undefined);
});

test("A process from before a reboot is dead outside containers, where the machine is known", {
  skip: !isLinux,
}, () => {
  const before = { ...here, started: "100 ticks after boot 00000000-0000-0000-0000-000000000000" };
  assert.equal(isRunning(before, here), false);
  const container = "pid:[4026532179]";
  assert.equal(isRunning({ ...before, namespace: container }, { ...here, namespace: container }), undefined);
  assert.equal(isRunning({ ...before, machine: undefined }, here), undefined);
});

test("A process of an older version, which wrote neither machine nor namespace, is looked up by pid and start", () => {
  const { pid, host, started } = here;
  assert.equal(isRunning({ pid, host, started }, here), true);
  assert.equal(isRunning({ pid, host, started: `0${started}` }, here), false);
});
