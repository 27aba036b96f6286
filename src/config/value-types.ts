import { z } from "zod";

/** A kind of value: how it is checked, how it is told to a person and how it is read from a flag. */
export interface ValueType<Value> {
  readonly type: z.ZodType<Value>;
  /** What is allowed, to follow "allowed: ". */
  readonly allowed: string;
  /** The words among which the nearest is proposed. */
  readonly words: readonly string[];
  /** What stands for the value in a flag's help; none for a flag that is on or off. */
  readonly placeholder?: string;
  /** A flag's text as the value it would be in a config file, unchecked. */
  readonly parse: (text: string) => unknown;
}

interface Bounds {
  readonly atLeast?: number;
  readonly above?: number;
  readonly atMost?: number;
  readonly below?: number;
}

/** One of the given words. */
export function choice<Word extends string>(words: readonly Word[]): ValueType<Word> {
  return {
    type: z.enum([...words]) as unknown as z.ZodType<Word>,
    allowed: listed(words),
    words,
    placeholder: words.length > 4 ? "name" : words.join("|"),
    parse: (text) => text,
  };
}

/** true or false; on the command line a flag and its "no-" form. */
export function onOff(): ValueType<boolean> {
  return {
    type: z.boolean(),
    allowed: "true or false",
    words: ["true", "false"],
    parse: (text) => (text === "true" ? true : text === "false" ? false : text),
  };
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): ValueType<number> {
  return {
    type: z.number().int().min(least).max(most),
    allowed: `a whole number from ${withThousands(least)} to ${withThousands(most)}`,
    words: [],
    placeholder: "N",
    parse: numberOrText,
  };
}

/** A number within the bounds, both as it is written and as the float32 that the training uses. */
export function realNumber(bounds: Bounds): ValueType<number> {
  const { atLeast, above, atMost, below } = bounds;
  let type = z.number();
  if (atLeast !== undefined) {
    type = type.min(atLeast);
  }
  if (above !== undefined) {
    type = type.gt(above);
  }
  if (atMost !== undefined) {
    type = type.max(atMost);
  }
  if (below !== undefined) {
    type = type.lt(below);
  }
  const rounded = (value: number) =>
    (above === undefined || Math.fround(value) > above) &&
    (below === undefined || Math.fround(value) < below);
  return {
    type: type.refine(rounded),
    allowed: `a number ${limits(bounds)}`,
    words: [],
    placeholder: "X",
    parse: numberOrText,
  };
}

/** A value of the kind, or the given word. */
export function orWord<Value, Word extends string>(
  kind: ValueType<Value>,
  word: Word,
): ValueType<Value | Word> {
  return {
    type: z.union([kind.type, z.literal(word)]) as unknown as z.ZodType<Value | Word>,
    allowed: `${kind.allowed}, or "${word}"`,
    words: [...kind.words, word],
    placeholder: `${kind.placeholder ?? ""}|${word}`,
    parse: kind.parse,
  };
}

/** Words in quotes, as an enumeration for a person. */
export function listed(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}

/** A count with its thousands parted by commas. */
export function withThousands(count: number): string {
  return count.toLocaleString("en-US");
}

function limits({ atLeast, above, atMost, below }: Bounds): string {
  const low = atLeast === undefined ? `above ${above}` : `from ${atLeast}`;
  const high =
    atMost === undefined
      ? ` and below ${below}`
      : atLeast === undefined
        ? ` and at most ${atMost}`
        : ` to ${atMost}`;
  return low + high;
}

function numberOrText(text: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}
