/** Batch normalisation whose numbers are broadcast along any axes. */

import { broadcast, viewOf } from "../../geometry/views.ts";
import type { Floats } from "./floats.ts";

/**
 * Where in `shape`, broadcast to the shape of x, number i of x finds its own.
 *
 * @throws {RangeError} when there is no such broadcast.
 */
function finder(x: number[], shape: number[]): (i: number) => number {
  const added = x.length - shape.length;
  const fits = added >= 0 &&
    shape.every((size, axis) => size === 1 || size === x[added + axis]);
  if (!fits) {
    throw new RangeError(
      `Cannot normalise by numbers of shape "[${shape}]": they cannot be ` +
        `broadcast to [${x}]`,
    );
  }
  const inner = viewOf(x).strides;
  const axes = broadcast(shape, x).strides
    .map((stride, axis) => ({ inner: inner[axis], size: x[axis], stride }))
    .filter(({ stride }) => stride > 0);
  return (i) => {
    let at = 0;
    for (let k = 0; k < axes.length; k++) {
      const { inner, size, stride } = axes[k];
      at += Math.floor(i / inner) % size * stride;
    }
    return at;
  };
}

/** (x - mean) / sqrt(variance + epsilon) * scale + offset */
export function fusedBatchNorm(
  { x, mean, variance, scale, offset }:
    & { x: Floats; mean: Floats; variance: Floats }
    & { scale?: Floats; offset?: Floats },
  { varianceEpsilon = 0.001 }: { varianceEpsilon?: number },
): Floats {
  const reader = (table: Floats | undefined, missing: number) => {
    if (!table) return () => missing;
    const find = finder(x.shape, table.shape);
    return (i: number) => table.values[find(i)];
  };
  const means = reader(mean, 0), variances = reader(variance, 1);
  const scales = reader(scale, 1), offsets = reader(offset, 0);
  const values = Float32Array.from(
    x.values,
    (value, i) =>
      offsets(i) + (value - means(i)) * scales(i) /
        Math.sqrt(variances(i) + varianceEpsilon),
  );
  return { shape: x.shape, values };
}
