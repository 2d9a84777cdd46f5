/** Which pixel each pixel of a resized image copies. */

/** How tfjs rounds the place of a pixel. */
export interface Rounding {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/**
 * For each of `to` rows (or columns) of the resized image the one of `from` rows that
 * it copies, by the rule of tfjs's own ResizeNearestNeighbor.
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
