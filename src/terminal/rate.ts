/** Steps per second of late. */
export interface Rate {
  add(steps: number): void;
  /** 0 as long as nothing is known. */
  perSecond(): number;
}

/** Long enough that chunks of some seconds give a steady number, short enough to follow a change of pace. */
const windowSeconds = 30;

/** Opens a rate over the last half minute, start-up left out: it begins with the first steps. `now` is in milliseconds. */
export function openRate(now: () => number = () => performance.now()): Rate {
  const samples: { readonly at: number; readonly steps: number }[] = [];
  let total = 0;
  return {
    add(steps) {
      total += steps;
      const at = now();
      samples.push({ at, steps: total });
      while (samples.length > 2 && at - (samples[1]?.at ?? at) > windowSeconds * 1000) {
        samples.shift();
      }
    },
    perSecond() {
      const [first] = samples;
      const seconds = first === undefined ? 0 : (now() - first.at) / 1000;
      return first === undefined || seconds < 0.1 ? 0 : (total - first.steps) / seconds;
    },
  };
}
