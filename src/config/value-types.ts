import { z } from "zod";

/** A type of value: how it is checked, described and read from a flag. */
export interface ValueType<Value> {
  readonly type: z.ZodType<Value>;
  /** What is allowed, to follow "allowed: ". For a list: what each of its values may be. */
  readonly allowed: string;
  /** The words among which the nearest is proposed. */
  readonly words: readonly string[];
  /** What some of the words mean, for the help. */
  readonly titles?: Readonly<Record<string, string>> | undefined;
  /** What stands for the value in a flag's help; absent for a flag that is on or off. */
  readonly placeholder?: string;
  /** Returns the value that a flag's text would be in a config file, unchecked. */
  readonly parse: (text: string) => unknown;
}

interface Bounds {
  readonly atLeast?: number;
  readonly above?: number;
  readonly atMost?: number;
  readonly below?: number;
}

/** Creates the type of one of the given words. */
export function choice<Word extends string>(
  words: readonly Word[],
  titles?: Readonly<Record<string, string>>,
): ValueType<Word> {
  return {
    type: z.enum([...words]) as unknown as z.ZodType<Word>,
    allowed: quotedList(words),
    words,
    titles,
    placeholder: words.length > 4 ? "name" : words.join("|"),
    parse: (text) => text,
  };
}

/** Creates the type of true and false. On the command line it is a flag with a "no-" form. */
export function onOff(): ValueType<boolean> {
  return {
    type: z.boolean(),
    allowed: "true or false",
    words: ["true", "false"],
    parse: (text) => (text === "true" ? true : text === "false" ? false : text),
  };
}

/** Creates the type of a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): ValueType<number> {
  return {
    type: z.number().int().min(least).max(most),
    allowed: `a whole number from ${withThousands(least)} to ${withThousands(most)}`,
    words: [],
    placeholder: "N",
    parse: numberOrText,
  };
}

/** Creates the type of a number within bounds, both as written and as the float32 that the training uses. */
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
  const isWithinAsFloat32 = (value: number) =>
    (above === undefined || Math.fround(value) > above) &&
    (below === undefined || Math.fround(value) < below);
  return {
    type: type.refine(isWithinAsFloat32),
    allowed: `a number ${boundsText(bounds)}`,
    words: [],
    placeholder: "X",
    parse: numberOrText,
  };
}

/** Creates the type of a value of another type, or the given word. */
export function orWord<Value, Word extends string>(
  other: ValueType<Value>,
  word: Word,
): ValueType<Value | Word> {
  return {
    type: z.union([other.type, z.literal(word)]) as unknown as z.ZodType<Value | Word>,
    allowed: `${other.allowed}, or "${word}"`,
    words: [...other.words, word],
    placeholder: `${other.placeholder ?? ""}|${word}`,
    parse: other.parse,
  };
}

/** Creates the type of a word or a list of words, which is put into the order of the type's words. */
export function listOf<Word extends string>(
  word: ValueType<Word>,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): ValueType<readonly Word[]> {
  const ordered = (given: Word | readonly Word[]) =>
    word.words.filter((known): known is Word => [given].flat().includes(known as Word));
  return {
    ...word,
    type: z
      .union([word.type, listType(word.type, mayBeEmpty ? 0 : 1)])
      .transform(ordered) as unknown as z.ZodType<readonly Word[]>,
    titles: undefined,
    placeholder: `${word.placeholder},...`,
    parse: (text) => text.split(","),
  };
}

/** Returns the schema of a list. Repeated values are left to validateConfig(): a refinement is silent beside another mistake. */
export function listType<Value>(type: z.ZodType<Value>, least = 1): z.ZodType<Value[]> {
  return z.array(type).min(least).meta({ uniqueItems: true });
}

/** Returns words in quotes, separated by commas. */
export function quotedList(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}

/** Returns a count with commas between thousands. */
export function withThousands(count: number): string {
  return count.toLocaleString("en-US");
}

function boundsText({ atLeast, above, atMost, below }: Bounds): string {
  const low = atLeast === undefined ? `above ${above}` : `from ${atLeast}`;
  if (atMost === undefined) {
    return `${low} and below ${below}`;
  }
  return atLeast === undefined ? `${low} and at most ${atMost}` : `${low} to ${atMost}`;
}

function numberOrText(text: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}
