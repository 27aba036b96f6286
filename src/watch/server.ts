import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exitCode, SeglossError } from "../errors.js";
import { createToken } from "./access.js";
import { createRoutes, type WatchAnswer, type WatchedData, type WatchRoutes } from "./routes.js";

/** A server of a watch, on this machine alone. */
export interface WatchServer {
  readonly port: number;
  /** The address of the page, with the token. */
  readonly address: string;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

/** The only interface that it listens on. */
const loopback = "127.0.0.1";

/** Open connections; a browser has six to a server. */
const mostConnections = 64;

/**
 * Opens a server, at a port that is free if 0 is given. Throws SeglossError (usage) if the port cannot be used.
 */
export async function openWatchServer(watch: WatchedData, port: number): Promise<WatchServer> {
  const token = createToken();
  const routes = createRoutes(watch, token);
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void respond(routes, request, response);
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((listen, refuse) => {
    server.once("error", (error) => refuse(portError(error, port)));
    server.listen(port, loopback, listen);
  });
  const { port: used } = server.address() as AddressInfo;
  return {
    port: used,
    address: `http://${loopback}:${used}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portError(error: NodeJS.ErrnoException, port: number): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program uses it",
    EACCES: "permission denied; ports below 1024 are for the system",
  };
  const reason = reasons[error.code ?? ""];
  return reason === undefined
    ? error
    : new SeglossError(`--port ${port}: ${reason}; without --port a free one is used`, {
        exitCode: exitCode.usage,
        cause: error,
      });
}

/** Nothing that is sent may be kept, framed, or taken for another type. */
const headers = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/** For all but pages: nothing of it is shown, and none of it runs. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

async function respond(
  routes: WatchRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "" } = request;
  request.resume();
  try {
    const answer = await routes({ method, target: url, host: request.headers.host });
    send(answer, method === "HEAD", response);
  } catch (error) {
    // A request may fail; the others and the sweep have nothing to do with it.
    send(serverError(error), method === "HEAD", response);
  }
}

function serverError(error: unknown): WatchAnswer {
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, type: "text/plain; charset=utf-8", body: `error in the program: ${message}\n` };
}

function send({ status, type, body, policy }: WatchAnswer, isHead: boolean, response: ServerResponse): void {
  const isFile = typeof body === "object" && "path" in body;
  response.writeHead(status, {
    ...headers,
    "Content-Security-Policy": policy ?? dataPolicy,
    "Content-Type": type,
    ...(status === 405 && { Allow: "GET, HEAD", Connection: "close" }),
    ...(isFile
      ? { "Content-Disposition": `attachment; filename="${body.name}"` }
      : { "Content-Length": Buffer.byteLength(body) }),
  });
  if (isHead) {
    response.end();
  } else if (isFile) {
    // A file that vanishes meanwhile ends the answer early.
    createReadStream(body.path)
      .on("error", () => response.destroy())
      .pipe(response);
  } else {
    response.end(body);
  }
}
