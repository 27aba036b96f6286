const size = 624;
const middle = 397;

/**
 * Returns a generator of the numbers in [0, 1) of numpy.random.RandomState(seed).random_sample(): MT19937, 53
 * bits each (Matsumoto & Nishimura 1998), with which the fixture was made.
 */
export function randomSample(seed: number): () => number {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    const before = word(state, i - 1);
    state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
  }
  let next = size;
  const int32 = (): number => {
    if (next === size) {
      renew(state);
      next = 0;
    }
    return tempered(word(state, next++));
  };
  return () => {
    const high = int32() >>> 5;
    const low = int32() >>> 6;
    return (high * 67108864 + low) / 2 ** 53;
  };
}

function renew(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const y = (word(state, i) & 0x80000000) | (word(state, i + 1) & 0x7fffffff);
    state[i] = word(state, i + middle) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

function tempered(value: number): number {
  let y = value;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

function word(state: Uint32Array, index: number): number {
  return state[index % size] ?? 0;
}
