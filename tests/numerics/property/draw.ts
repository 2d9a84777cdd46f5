/** Random shapes, attributes and numbers for the cases. */

import type { DataType } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { Random } from "../../../lib/data/random.ts";

/** The numbers of a tensor. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

/** A tensor before it is given to a backend. */
export interface Input {
  values: Numbers;
  shape: number[];
  dtype: DataType;
}

/**
 * What the floats of a case are. "integers": whole numbers from -4 to 4, whose sums are
 * exact in any order; "floats": normally distributed; "denormals": whole numbers times
 * 2^-140, whose sums are exact, too; "special": whole numbers, with some NaN, infinities
 * and -0 among them.
 */
type Mode = "integers" | "floats" | "denormals" | "special";

/** How often each mode comes. */
const MODES: Mode[] = [
  "integers",
  "integers",
  "floats",
  "denormals",
  "special",
];
/** So far above 2^-149, the least float32, that sums of whole numbers stay exact. */
const DENORMAL = 2 ** -140;
const SPECIAL = [NaN, Infinity, -Infinity, -0];
/** Numbers of channels around the sizes of register blocks and vectors. */
const CHANNELS = [1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 48];

/** A sequence of random choices, which a seed decides. */
export class Draw {
  readonly mode: Mode;
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.mode = this.pick(MODES);
  }

  /** One element of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)];
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.#random.integer(high - low + 1);
  }

  /** True with a probability of one in `times`. */
  once(times: number): boolean {
    return this.#random.integer(times) === 0;
  }

  uniform(): number {
    return this.#random.uniform();
  }

  normal(): number {
    return this.#random.normal();
  }

  channels(): number {
    return this.pick(CHANNELS);
  }

  /** Sizes from 1 to `largest`; once in 20 one of them is 0. */
  shape(rank: number, largest: number): number[] {
    const sizes = Array.from({ length: rank }, () => this.between(1, largest));
    if (rank > 0 && this.once(20)) sizes[this.between(0, rank - 1)] = 0;
    return sizes;
  }

  /** A tensor of floats of the case's mode. */
  floats(shape: number[], mode = this.mode): Input {
    const length = util.sizeFromShape(shape);
    const next = () => {
      if (mode === "floats") return this.normal();
      const whole = this.between(-4, 4);
      if (mode === "denormals") return whole * DENORMAL;
      // Only a few, so that most outputs are finite and can be compared.
      const isSpecial = mode === "special" &&
        this.#random.uniform() < Math.max(0.01, 2 / length);
      return isSpecial ? this.pick(SPECIAL) : whole;
    };
    const values = Float32Array.from({ length }, next);
    // After a cast in tfjs a float32 tensor may have an Int32Array.
    const isCast = mode === "integers" && this.once(20);
    return {
      values: isCast ? Int32Array.from(values) : values,
      shape,
      dtype: "float32",
    };
  }

  /** A tensor of some dtype. */
  tensor(shape: number[], dtype: DataType): Input {
    if (dtype === "float32") return this.floats(shape);
    const length = util.sizeFromShape(shape);
    const values = dtype === "bool"
      ? Uint8Array.from({ length }, () => this.between(0, 1))
      : Int32Array.from({ length }, () => this.between(-9, 9));
    return { values, shape, dtype };
  }

  /** A dtype, mostly float32. */
  dtype(others: DataType[] = ["int32"]): DataType {
    return this.once(8) ? this.pick(others) : "float32";
  }

  /** Two shapes that can be broadcast together. */
  broadcast(whole: number[]): [number[], number[]] {
    const thinned = () =>
      whole.slice(this.once(2) ? 0 : this.between(0, whole.length))
        .map((size) => this.once(5) ? 1 : size);
    const [a, b] = this.once(2) ? [whole, thinned()] : [thinned(), thinned()];
    return this.once(2) ? [a, b] : [b, a];
  }
}
