import { decodeCurves } from "../../curve-codec.js";
import { curveQuery, curvesUrl, indexUrl, updateMilliseconds, updateUrl } from "../../live-api.js";
import type { DataSource, SweepIndex, SweepUpdate } from "../../model.js";

/** Creates the source of a page whose sweep is watched: it asks the page's own server. */
export function createLiveSource(): DataSource {
  let revision = 0;
  return {
    isLive: true,
    async readIndex() {
      const index: SweepIndex = await (await get(indexUrl)).json();
      revision = index.revision;
      return index;
    },
    async readCurves(request) {
      const response = await get(`${curvesUrl}?${curveQuery(request)}`);
      return decodeCurves(new Uint8Array(await response.arrayBuffer()));
    },
    follow(onUpdate, onLost) {
      let isLost = false;
      const ask = async () => {
        try {
          const update: SweepUpdate = await (await get(`${updateUrl}?since=${revision}`)).json();
          if (isLost) {
            onLost(false);
            isLost = false;
          }
          if (update.isObsolete === true) {
            location.reload();
            return;
          }
          revision = update.revision;
          onUpdate(update);
        } catch {
          if (!isLost) {
            onLost(true);
            isLost = true;
          }
        }
        timer = setTimeout(ask, updateMilliseconds);
      };
      let timer = setTimeout(ask, updateMilliseconds);
      return () => clearTimeout(timer);
    },
  };
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url, { cache: "no-store" });
  if (!response.ok) {
    throw new Error(`${url}: ${response.status}`);
  }
  return response;
}
