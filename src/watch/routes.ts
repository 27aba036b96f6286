import { encodeCurves } from "../explorer/curve-codec.js";
import { curvesUrl, indexUrl, parseCurveQuery, updateUrl } from "../explorer/live-api.js";
import { explorerPage, livePolicy } from "../explorer/page-html.js";
import { escapeMarkup } from "../figures/svg/text.js";
import { isLocalHost, isToken, parseTarget } from "./access.js";
import { csvUrl, type RunCsv, type SweepWatch } from "./sweep-watch.js";

/** The part of a request that its answer depends on. */
export interface WatchRequest {
  readonly method: string;
  /** Path and query as in the request's first line. */
  readonly target: string;
  /** The Host header. */
  readonly host: string | undefined;
}

/** The answer to a request. */
export interface WatchAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array | RunCsv;
  /** The content policy; without one nothing that is sent may load or run anything. */
  readonly policy?: string;
}

/** The part of a watch that is asked for answers. */
export type WatchedData = Omit<SweepWatch, "refresh" | "stop">;

/** Answers the requests of those that have the token. */
export type WatchRoutes = (request: WatchRequest) => Promise<WatchAnswer>;

const json = "application/json; charset=utf-8";
const html = "text/html; charset=utf-8";

/** Creates the routes of a watch. All that is not theirs, and all without the token, is refused. */
export function createRoutes(watch: WatchedData, token: string): WatchRoutes {
  return async ({ method, target, host }) => {
    if (method !== "GET" && method !== "HEAD") {
      return refusal(405, "only GET and HEAD");
    }
    const parsed = isLocalHost(host) ? parseTarget(target) : undefined;
    if (parsed === undefined || !isToken(parsed.token, token)) {
      return refusal(403, "open the address that segloss watch has printed");
    }
    const { rest, query } = parsed;
    switch (rest) {
      case "":
        return page(watch);
      case indexUrl:
        return asJson(watch.index());
      case updateUrl:
        return asJson(watch.update(parseRevision(query.get("since"))));
      case curvesUrl:
        return curves(watch, query);
      case csvUrl: {
        const csv = watch.csvOf(query.get("run") ?? "");
        return csv === undefined ? notFound : { status: 200, type: "text/csv; charset=utf-8", body: csv };
      }
      default:
        return notFound;
    }
  };
}

const notFound = refusal(404, "not found");

function refusal(status: number, text: string): WatchAnswer {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

/** A text that is no revision stands for the first one, so that the page reads all again. */
function parseRevision(text: string | null): number {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function asJson(value: object | undefined): WatchAnswer {
  return value === undefined ? notFound : { status: 200, type: json, body: JSON.stringify(value) };
}

async function curves(watch: WatchedData, query: URLSearchParams): Promise<WatchAnswer> {
  const request = parseCurveQuery(query);
  if (request === undefined) {
    return refusal(400, "a query such as run=ID&from=0&until=100&width=1");
  }
  const found = await watch.readCurves(request);
  return found === undefined
    ? notFound
    : { status: 200, type: "application/octet-stream", body: encodeCurves(found) };
}

async function page(watch: WatchedData): Promise<WatchAnswer> {
  const index = watch.index();
  if (index === undefined) {
    return { status: 200, type: html, body: waitingPage(watch.waitingFor()), policy: waitingPolicy };
  }
  let body = "";
  for await (const part of explorerPage({ title: index.title, source: { kind: "live" } })) {
    body += part;
  }
  return { status: 200, type: html, body, policy: await livePolicy() };
}

const waitingPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Returns a page that asks again and again whether a sweep has begun. */
function waitingPage(folders: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="2"><link rel="icon" href="data:,"><title>segloss: waiting</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}li{overflow-wrap:anywhere}</style>
</head><body><h1>No sweep has begun yet</h1><p>The page shows it as soon as it begins in</p>
<ul>${folders.map((folder) => `<li><code>${escapeMarkup(folder)}</code></li>`).join("")}</ul></body></html>
`;
}
