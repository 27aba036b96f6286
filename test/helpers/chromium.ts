import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** Where Chromium may be installed. */
const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The path of this machine's Chromium, or undefined if there is none. */
export const chromium = [process.env.CHROMIUM ?? "", ...paths].find(
  (path) => path !== "" && existsSync(path),
);

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, never>;
  readonly result?: Record<string, never>;
  readonly error?: { readonly message: string };
};

/** A page of a headless Chromium, driven through the DevTools protocol over a pipe. */
export interface Browser {
  /** Calls a method on the page. */
  call(method: string, params?: object): Promise<Record<string, never>>;
  /** Returns the value of an expression in the page. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Returns the events of a method so far. */
  events(method: string): readonly Record<string, never>[];
  /** Waits for the next event of the method. */
  next(method: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts Chromium with one empty page. */
export async function openBrowser(path: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "segloss-chromium-"));
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  const child = spawn(
    path,
    [...flags, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
    {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    },
  );
  const connection = connect(child);
  const { targetInfos } = await connection.send("Target.getTargets", {});
  const page = (targetInfos as unknown as { type: string; targetId: string }[]).find(
    ({ type }) => type === "page",
  );
  const { sessionId } = await connection.send("Target.attachToTarget", {
    targetId: page?.targetId,
    flatten: true,
  });
  const call = (method: string, params: object = {}) => connection.send(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) {
    await call(`${domain}.enable`);
  }
  return {
    call,
    async evaluate<Value>(expression: string) {
      const { result, exceptionDetails } = await call("Runtime.evaluate", {
        expression,
        returnByValue: true,
        awaitPromise: true,
      });
      if (exceptionDetails) {
        throw new Error(JSON.stringify(exceptionDetails));
      }
      return (result as unknown as { readonly value: Value }).value;
    },
    events: connection.events,
    next: connection.next,
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await connection.send("Browser.close", {}).catch(() => child.kill());
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function connect(child: ChildProcess) {
  const [, , , input, output] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: { readonly method: string; readonly resolve: () => void }[] = [];
  const seen: Message[] = [];
  const rejections = new Set<(error: Error) => void>();
  child.once("exit", () => {
    for (const reject of rejections) {
      reject(new Error("Chromium has exited"));
    }
  });
  let last = 0;
  let rest = "";
  output.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      receive(JSON.parse(part));
    }
  });
  function receive(message: Message) {
    if (message.id !== undefined) {
      waiting.get(message.id)?.(message);
    } else {
      seen.push(message);
    }
    for (const listener of listeners.filter(({ method }) => method === message.method)) {
      listener.resolve();
    }
  }
  return {
    send(method: string, params: object, sessionId?: string) {
      const id = ++last;
      return new Promise<Record<string, never>>((resolve, reject) => {
        waiting.set(id, ({ result, error }) =>
          error ? reject(new Error(error.message)) : resolve(result ?? {}),
        );
        rejections.add(reject);
        input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
      });
    },
    events: (method: string) =>
      seen.filter((message) => message.method === method).map(({ params }) => params ?? {}),
    next: (method: string) => new Promise<void>((resolve) => listeners.push({ method, resolve })),
  };
}
