// The settings of configs/magnitude.json, which its numbers and its figure share.
import type { Keys } from "../../src/analysis/axes.js";
import type { Estimate } from "../../src/analysis/stats/estimates.js";

/** What a setting changes against the study. */
export interface MagnitudeSetting {
  readonly inputShift: number;
  readonly biasInit: string;
  readonly frozenLayer: number;
}

/** Returns the setting of a run's keys. */
export function settingOf(keys: Keys): MagnitudeSetting {
  return {
    inputShift: Number(keys.get("input_shift") ?? 0),
    biasInit: keys.get("bias_init") ?? "0",
    frozenLayer: Number(keys.get("frozen_layer") ?? 0),
  };
}

/** Returns a setting in words: what differs from the study. */
export function settingText({ inputShift, biasInit, frozenLayer }: MagnitudeSetting): string {
  const parts = [
    ...(inputShift === 0 ? [] : [`input x - ${-inputShift}`]),
    ...(biasInit === "0" ? [] : [`first kinks at ${biasInit}`]),
    ...(frozenLayer === 0 ? [] : [`${["conv1", "conv2", "head"][frozenLayer - 1]} frozen`]),
  ];
  return parts.length === 0 ? "the study" : parts.join(", ");
}

/** Orders settings: the study, then shifts, first kinks, both together, frozen layers. */
export function compareSettings(a: MagnitudeSetting, b: MagnitudeSetting): number {
  const group = ({ inputShift, biasInit, frozenLayer }: MagnitudeSetting) =>
    (inputShift === 0 ? 0 : 1) + (biasInit === "0" ? 0 : 2) + (frozenLayer === 0 ? 0 : 4);
  const place = ({ biasInit }: MagnitudeSetting) => (biasInit === "threshold" ? 2 : Number(biasInit));
  return (
    group(a) - group(b) || b.inputShift - a.inputShift || place(a) - place(b) || a.frozenLayer - b.frozenLayer
  );
}

/** Returns a ratio with its interval, from an estimate of its logarithm: "2.55 [2.02, 3.23]". */
export function formatLogRatio({ mean, low, high }: Estimate): string {
  const ratio = (logarithm: number) => Math.exp(logarithm).toFixed(2);
  return low === undefined || high === undefined
    ? ratio(mean)
    : `${ratio(mean)} [${ratio(low)}, ${ratio(high)}]`;
}
