/** What random calls of tfjs are drawn from. */

import type { DataType } from "@tensorflow/tfjs-core";
import { util } from "@tensorflow/tfjs-core";
import { Draw } from "../../numerics/property/draw.ts";

/**
 * What a tensor holds: whole numbers from -4 to 4; normal deviates; numbers from
 * 0 to 1; whole numbers from 0 to 4; whole numbers in order; whole numbers with
 * NaN, infinities and -0 among them.
 */
export type Kind = "whole" | "normal" | "unit" | "index" | "sorted" | "special";

/** How a tensor comes to numbers that are another's as well. */
export type View = "reshape" | "slice" | "clone" | "cast";

/**
 * A tensor as it is printed: its numbers come from the seed. Two that are printed
 * alike are one.
 */
export interface Drawn {
  shape: number[];
  dtype: DataType;
  kind: Kind;
  seed: number;
  view?: View;
}

/** An argument of a call, in which each `Drawn` stands for a tensor. */
export type Argument =
  | Drawn
  | number
  | string
  | boolean
  | null
  | undefined
  | Argument[]
  | { [name: string]: Argument };

export function isDrawn(argument: unknown): argument is Drawn {
  return typeof argument === "object" && argument !== null &&
    "seed" in argument && "kind" in argument;
}

/** The drawn tensors of arguments, in their order. */
export function drawnOf(argument: Argument): Drawn[] {
  if (isDrawn(argument)) return [argument];
  if (typeof argument !== "object" || argument === null) return [];
  return Object.values(argument).flatMap(drawnOf);
}

const VIEWS: View[] = ["reshape", "slice", "clone", "cast"];

/** More numbers than this no tensor has. */
const MOST = 20_000;

/** One sequence of random choices for calls. */
export class CallDraw extends Draw {
  /** Mostly 1 to 9; now and then none, or so many that fast ways are taken. */
  size(): number {
    return this.once(12) ? this.pick([0, 16, 17, 33, 64]) : this.between(1, 9);
  }

  /** A shape of that rank. */
  sizes(rank = this.between(0, 4)): number[] {
    const sizes = Array.from({ length: rank }, () => this.size());
    return util.sizeFromShape(sizes) > MOST ? sizes.map(() => 2) : sizes;
  }

  /** A tensor of that shape. */
  some(
    shape = this.sizes(),
    { dtype = "float32", kind = this.pick(["whole", "normal", "unit"]) }: {
      dtype?: DataType;
      kind?: Kind;
    } = {},
  ): Drawn {
    const drawn = { shape, dtype, kind, seed: this.between(0, 999) };
    return this.once(8) ? { ...drawn, view: this.pick(VIEWS) } : drawn;
  }

  /** A tensor of whole numbers from 0 to 4. */
  indices(shape: number[], kind: Kind = "index"): Drawn {
    return this.some(shape, { dtype: "int32", kind });
  }

  /** A tensor of mostly floats. */
  any(shape = this.sizes()): Drawn {
    return this.some(shape, { dtype: this.dtype(["int32", "bool"]) });
  }

  flag(): boolean {
    return this.once(2);
  }

  /** One or two numbers for height and width. */
  pair(largest: number): number | number[] {
    return this.flag()
      ? this.between(1, largest)
      : [this.between(1, largest), this.between(1, largest)];
  }

  /** An axis of that rank, counted from either end. */
  axis(rank: number): number {
    return rank === 0 ? 0 : this.between(-rank, rank - 1);
  }

  /** No axis, one, or several. */
  axes(rank: number): Argument {
    if (this.once(4)) return undefined;
    if (this.flag()) return this.axis(rank);
    return Array.from({ length: rank }, (_, axis) => axis)
      .filter(() => this.flag());
  }
}
