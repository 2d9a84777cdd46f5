/** Which pixels of an image those of a larger or smaller one are copies of. */

/** How tfjs rounds. */
export interface Rounding {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/**
 * For each of `to` rows (or columns) the one of `from` that it copies; the
 * rule is that of tfjs's own ResizeNearestNeighbor.
 */
export function nearestSources(
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: Rounding,
): Int32Array {
  const between = alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - between) / (to - between);
  return Int32Array.from({ length: to }, (_, i) => {
    const position = ratio * (halfPixelCenters ? i + 0.5 : i);
    const nearest = alignCorners ? Math.round(position) : Math.floor(position);
    return Math.min(from - 1, nearest);
  });
}
