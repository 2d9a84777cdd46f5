/** A random case of a kernel, and how near its answer must be. */

import type { Draw, Input } from "./draw.ts";

/** Inputs and attributes of a kernel, and what its outputs are held against. */
export interface Case {
  inputs: Record<string, Input> | Input[];
  attrs?: object;
  /** Right values, where tfjs's own kernel on the cpu is not the judge. */
  expected?: ArrayLike<number>[];
  /**
   * Without it the bits must be the same. "equal": but for the sign of a zero;
   * "each": each number to 1e-6; "norm": all together to 1e-5.
   */
  near?: "equal" | "each" | "norm";
  /** Where NaN or an infinity may stand, as the kernel's documentation says. */
  mayBeLost?: (index: number) => boolean;
}

/** Makes a random case of one kernel. */
export type Generator = (draw: Draw) => Case;
