/** A random case of a kernel, and how near its answer must be. */

import type { Draw, Input } from "./draw.ts";

/** Inputs and attributes of a kernel, and what its outputs must be. */
export interface Case {
  inputs: Record<string, Input> | Input[];
  attrs?: object;
  /** The right outputs; if missing, those of tfjs's own kernel on the cpu. */
  expected?: ArrayLike<number>[];
  /**
   * If missing, the bits must be the same. "equal": the numbers, but not the sign of
   * a zero; "each": each number to 1e-6; "norm": the norm of all errors to 1e-5.
   */
  near?: "equal" | "each" | "norm";
  /** Where there may be NaN or an infinity, as the kernel's documentation says. */
  mayBeLost?: (index: number) => boolean;
}

/** Makes a random case of one kernel. */
export type Generator = (draw: Draw) => Case;
