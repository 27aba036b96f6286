import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { type Signal, signalExitCode, watchSignals } from "../../src/terminal/signals.js";

function send(signal: Signal): void {
  process.emit(signal, signal);
}

test("The first signal calls stop; a second one calls kill and exits with its code", () => {
  const exit = mock.method(process, "exit", () => undefined as never);
  const now = mock.method(performance, "now", () => 1000);
  const received: string[] = [];
  const interruption = watchSignals();
  try {
    interruption.handle({ stop: () => received.push("stop"), kill: () => received.push("kill") });
    assert.equal(interruption.signal(), undefined);
    send("SIGINT");
    assert.deepEqual([received, interruption.signal()], [["stop"], "SIGINT"]);
    now.mock.mockImplementation(() => 1400);
    send("SIGTERM");
    assert.deepEqual(received, ["stop", "kill"]);
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

test("A Ctrl-C that arrives twice, from the terminal and from npm, counts once", () => {
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

test("A signal that arrives before its handlers are set calls stop when they are", () => {
  const interruption = watchSignals();
  try {
    send("SIGHUP");
    let stopped = false;
    interruption.handle({
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

test("After release, signals do what they did before", () => {
  const before = process.listenerCount("SIGINT");
  const interruption = watchSignals();
  assert.equal(process.listenerCount("SIGINT"), before + 1);
  interruption.release();
  assert.equal(process.listenerCount("SIGINT"), before);
});
