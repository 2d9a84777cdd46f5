/**
 * Seeded random numbers: xoshiro128** (Blackman and Vigna 2021,
 * doi:10.1145/3460772), its state filled by splitmix32.
 */
export class Random {
  // Four fields, not an array: a third of the time.
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  /** The second of a pair of normal deviates, kept for the next call. */
  #spare: number | undefined;

  /** The same seed, any number, gives the same sequence on every machine. */
  constructor(seed: number) {
    const [low, high] = new Uint32Array(new Float64Array([seed]).buffer);
    let state = low ^ Math.imul(high, 0x9e3779b1);
    const next = () => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next()];
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
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result >>> 0;
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
