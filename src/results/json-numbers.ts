// The one form of NaN and the infinities in JSON, which has no such numbers. Records, checkpoints and reports share it.

import { z } from "zod";

const words = ["NaN", "Infinity", "-Infinity"] as const;

/** Replacer for JSON.stringify: writes NaN and the infinities as the strings "NaN", "Infinity" and "-Infinity". */
export function nonFiniteAsText(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Reviver for JSON.parse: reads what `nonFiniteAsText` wrote. For values that hold no such text otherwise. */
export function textAsNonFinite(_key: string, value: unknown): unknown {
  return words.some((word) => word === value) ? Number(value) : value;
}

/** Any number in memory; in JSON a number or one of the strings that `nonFiniteAsText` writes. */
export const jsonNumber = z.codec(
  z.union([z.number(), z.enum(words)]),
  z.custom<number>((value) => typeof value === "number"),
  {
    decode: Number,
    encode: (value) => (Number.isFinite(value) ? value : (String(value) as (typeof words)[number])),
  },
);
