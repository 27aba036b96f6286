import type { RunCurves } from "../../../analysis/run-curves.js";
import { decodeCurves } from "../../curve-codec.js";
import type { DataSource, SweepIndex } from "../../model.js";
import { curvesElement } from "../../page-elements.js";

/** Creates the source of a page that holds all of its data. Curves are decoded when they are first asked for. */
export function createEmbeddedSource(index: SweepIndex): DataSource {
  const texts = new Map<string, Element>();
  for (const element of document.querySelectorAll<HTMLElement>(`.${curvesElement}`)) {
    texts.set(element.dataset.run ?? "", element);
  }
  const decoded = new Map<string, Promise<RunCurves>>();
  return {
    isLive: false,
    readIndex: async () => index,
    readCurves({ run }) {
      const curves = decoded.get(run) ?? decode(texts.get(run)?.textContent ?? "");
      decoded.set(run, curves);
      return curves;
    },
    follow: () => () => {},
  };
}

async function decode(text: string): Promise<RunCurves> {
  const packed = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return decodeCurves(new Uint8Array(await new Response(stream).arrayBuffer()));
}
