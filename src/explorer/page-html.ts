import { createHash } from "node:crypto";
import { escapeMarkup } from "../figures/svg/text.js";
import { loadBundle } from "./bundle.js";
import type { SourceDescription } from "./model.js";
import { curvesElement, sourceElement } from "./page-elements.js";

/** What a page consists of. */
export interface PageParts {
  readonly title: string;
  readonly source: SourceDescription;
  /** The curves of embedded runs by the runs' ids, as base64 of deflated bytes from `encodeCurves`. */
  readonly curves?: ReadonlyMap<string, string>;
  /** CSS beside the explorer's own. */
  readonly style?: string;
  /** Markup between the title and the explorer. */
  readonly head?: string;
  /** Markup after the explorer, in parts: sections, each with an id and a heading. */
  readonly sections?: Iterable<string>;
}

function contentPolicy(script: string, kind: SourceDescription["kind"]): string {
  return [
    "default-src 'none'",
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
    // Charts and figures set styles of single elements.
    "style-src 'unsafe-inline'",
    "img-src data:",
    `connect-src ${kind === "live" ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Returns the content policy of a live page, for the header that its server sends. */
export async function livePolicy(): Promise<string> {
  return `${contentPolicy((await loadBundle()).script, "live")}; frame-ancestors 'none'`;
}

/**
 * Yields the page of the explorer, part by part. It is complete in itself. Its content policy forbids every script but
 * its own and every request but those to the server of a live page.
 */
export async function* explorerPage(parts: PageParts): AsyncGenerator<string> {
  const { title, source, curves = new Map(), style: ownStyle = "", head = "", sections = [] } = parts;
  const { script, style } = await loadBundle();
  const policy = contentPolicy(script, source.kind);
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>segloss: ${escapeMarkup(title)}</title><style>${style}${ownStyle}</style></head>
<body><header><h1>${escapeMarkup(title)}</h1>${head}</header><main id="explorer"></main>
<script type="application/json" id="${sourceElement}">${embeddedJson(source)}</script>`;
  for (const [id, text] of curves) {
    yield `<script type="text/plain" class="${curvesElement}" data-run="${escapeMarkup(id)}">${text}</script>`;
  }
  yield `<script>${script}</script>`;
  yield* sections;
  yield "</body></html>\n";
}

/** Returns a value as JSON that cannot end the element it stands in. */
function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
