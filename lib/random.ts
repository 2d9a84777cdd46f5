/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna 2021,
 * doi:10.1145/3460772), its state filled by splitmix32.
 */
export class Random {
  readonly #state = new Uint32Array(4);
  /** The second of a pair of normal deviates, kept for the next call. */
  #spare: number | undefined;

  /** The same seed, any number, gives the same sequence on every machine. */
  constructor(seed: number) {
    const [low, high] = new Uint32Array(new Float64Array([seed]).buffer);
    let state = low ^ Math.imul(high, 0x9e3779b1);
    for (let i = 0; i < 4; i++) {
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      this.#state[i] = mixed ^ (mixed >>> 15);
    }
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  /** A normal deviate, mean 0 and variance 1 (Box and Muller 1958). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A whole number from 0 up, below `below` (at most 2^32). */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  #next(): number {
    const state = this.#state;
    const rotated = Math.imul(rotate(Math.imul(state[1], 5), 7), 9);
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return rotated >>> 0;
  }
}

function rotate(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/**
 * The indices 0 to count - 1 in random order (Fisher and Yates' shuffle).
 *
 * @example
 * ```ts
 * const order = shuffledIndices(10, new Random(1));
 * ```
 */
export function shuffledIndices(count: number, random: Random): Uint32Array {
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [indices[i], indices[j]] = [indices[j], indices[i]];
  }
  return indices;
}
