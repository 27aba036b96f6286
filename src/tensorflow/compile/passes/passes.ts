import type { Trace } from "../trace.js";
import { lowerDirectly } from "./lower-directly.js";
import { mergeDuplicates } from "./merge-duplicates.js";

/** Rewrites a trace that XLA will compile into an equal one that it compiles, and loads again, in less time. */
export function optimizeForXla(trace: Trace): Trace {
  return lowerDirectly(mergeDuplicates(trace));
}
