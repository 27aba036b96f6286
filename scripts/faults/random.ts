// A file of its own although short: a generator of random numbers, for which Node has no seed.

/** Random choices that a seed repeats. */
export interface Random {
  /** Returns a number in [0, 1). */
  readonly next: () => number;
  /** Returns a whole number from 0 to count - 1. */
  readonly index: (count: number) => number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Creates a Mulberry32 generator (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const index = (count: number): number => Math.floor(next() * count);
  return {
    next,
    index,
    pick: (items) => {
      const item = items[index(items.length)];
      if (item === undefined) {
        throw new RangeError("nothing to pick from");
      }
      return item;
    },
  };
}
