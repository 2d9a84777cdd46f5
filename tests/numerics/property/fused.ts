/** Random bias and activation, for tfjs's fused kernels. */

import { finite } from "./batch_norm.ts";
import type { Case } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

const ACTIVATIONS: Record<string, (x: number, alpha: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(Math.max(0, x), 6),
  elu: (x) => x >= 0 ? x : Math.expm1(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  leakyrelu: (x, alpha) => x < 0 ? alpha * x : x,
  prelu: (x, alpha) => x < 0 ? alpha * x : x,
};

/** The slopes of activations, from their output. */
const SLOPES: Record<string, (y: number) => number> = {
  relu: (y) => Number(y > 0),
  elu: (y) => y >= 0 ? 1 : y + 1,
  sigmoid: (y) => y * (1 - y),
  tanh: (y) => 1 - y * y,
};

/** The gradients of an activation, and of the bias before it. */
function epilogueGrad(draw: Draw): Case {
  const columns = draw.once(9) ? 1_100 : draw.channels() || 1;
  const shape = [draw.between(1, draw.once(9) ? 1_100 : 40), columns];
  const dy = finite(draw, shape), y = finite(draw, shape);
  const activation = draw.pick(Object.keys(SLOPES));
  const dz = Float64Array.from(
    dy.values,
    (upstream, i) => upstream * SLOPES[activation](y.values[i]),
  );
  const sums = new Float64Array(columns);
  dz.forEach((value, i) => sums[i % columns] += value);
  const expected = [dz, sums];
  return { inputs: { dy, y }, attrs: { activation }, expected, near: "norm" };
}

/** A generator for the kernel that no other file has. */
export const fusedCases = { EpilogueGrad: epilogueGrad };

/** Adds a bias and an activation to a case with the product [..., channels]. */
export function fused(
  draw: Draw,
  { product, channels, near }: {
    product?: ArrayLike<number>[];
    channels: number;
    near: Case["near"];
  },
) {
  const activation = draw.pick(Object.keys(ACTIVATIONS));
  const bias = draw.once(3) ? undefined : draw.floats([channels]);
  // An infinite slope would make a tiny error of rounding infinite.
  const mode = draw.mode === "special" ? "integers" : draw.mode;
  const slopes = activation === "prelu"
    ? draw.floats([channels], mode)
    : undefined;
  const leakyreluAlpha = draw.pick([0.25, 0.5]);
  const expected = product?.map((numbers) =>
    Float64Array.from(numbers, (number, i) => {
      const alpha = slopes?.values[i % channels] ?? leakyreluAlpha;
      const sum = number + (bias?.values[i % channels] ?? 0);
      return ACTIVATIONS[activation](sum, alpha);
    })
  );
  const isExact = !["elu", "sigmoid"].includes(activation);
  return {
    inputs: {
      ...(bias && { bias }),
      ...(slopes && { preluActivationWeights: slopes }),
    } as Record<string, Input>,
    attrs: { activation, leakyreluAlpha },
    ...(expected && { expected }),
    near: isExact ? near : "norm",
  };
}
