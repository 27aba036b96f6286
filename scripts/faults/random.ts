/** Random choices that a seed repeats. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number;
  /** Of 0 to count - 1. */
  readonly index: (count: number) => number;
  readonly pick: <Item>(items: readonly Item[]) => Item;
}

/** Mulberry32: enough to choose moments and victims. */
export function openRandom(seed: number): Random {
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
