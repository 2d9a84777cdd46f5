/** At which batches of an epoch the training curve has its points. */

/** Points of an epoch, evenly spaced; fewer if it has fewer batches. */
const POINTS_PER_EPOCH = 40;

/** Number of points that the curve has after the first `batch` of so many batches. */
export function countPoints(batch: number, batches: number): number {
  const points = Math.min(POINTS_PER_EPOCH, batches);
  return Math.floor(points * batch / batches);
}

/** The last batch up to `batch` after which the curve has a point; 0 for none. */
export function lastPoint(batch: number, batches: number): number {
  const points = Math.min(POINTS_PER_EPOCH, batches);
  return Math.ceil(countPoints(batch, batches) * batches / points);
}
