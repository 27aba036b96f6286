import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type Signal, signalExitCode, watchSignals } from "../../src/terminal/signals.js";

function send(signal: Signal): void {
  process.emit(signal, signal);
}

test("the first signal asks to stop, a second one ends the program with its code, after killing the workers", () => {
  const exit = mock.method(process, "exit", () => undefined as never);
  const now = mock.method(performance, "now", () => 1000);
  const heard: string[] = [];
  const interruption = watchSignals();
  try {
    interruption.attend({ stop: () => heard.push("stop"), kill: () => heard.push("kill") });
    assert.equal(interruption.signal(), undefined);
    send("SIGINT");
    assert.deepEqual([heard, interruption.signal()], [["stop"], "SIGINT"]);
    now.mock.mockImplementation(() => 1400);
    send("SIGTERM");
    assert.deepEqual(heard, ["stop", "kill"]);
    assert.deepEqual(
      exit.mock.calls.map((call) => call.arguments[0]),
      [143],
    );
    assert.equal(interruption.signal(), "SIGINT");
  } finally {
    interruption.release();
    mock.restoreAll();
  }
});

test("one Ctrl-C that comes twice, from the terminal and from npm, is one", () => {
  const exit = mock.method(process, "exit", () => undefined as never);
  const now = mock.method(performance, "now", () => 1000);
  const interruption = watchSignals();
  try {
    send("SIGINT");
    now.mock.mockImplementation(() => 1020);
    send("SIGINT");
    assert.equal(exit.mock.callCount(), 0);
  } finally {
    interruption.release();
    mock.restoreAll();
  }
});

test("a signal that came before anybody attends is not lost", () => {
  const interruption = watchSignals();
  try {
    send("SIGHUP");
    let stopped = false;
    interruption.attend({
      stop: () => {
        stopped = true;
      },
      kill() {},
    });
    assert.ok(stopped);
    assert.equal(signalExitCode("SIGHUP"), 129);
  } finally {
    interruption.release();
  }
});

test("released, signals do again what they did before", () => {
  const before = process.listenerCount("SIGINT");
  const interruption = watchSignals();
  assert.equal(process.listenerCount("SIGINT"), before + 1);
  interruption.release();
  assert.equal(process.listenerCount("SIGINT"), before);
});
