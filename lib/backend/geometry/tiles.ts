/** How images are cut: into tiles of outputs, and into chunks. */

/** Images whose gradients one chunk sums, before the chunks' sums are added. */
const IMAGES_PER_CHUNK = 8;

/** Bytes that the sums of all chunks may need; else chunks are of more images. */
export const MAX_SUMS_BYTES = 1 << 26;

/**
 * Tiles of `side` by `side` outputs of a 3 by 3 convolution of stride 1, as many as
 * cover the outputs [h, w], and the size of the padded image that they need.
 */
export function tilesOver(
  { h, w }: { h: number; w: number },
  side: number,
): { tilesH: number; tilesW: number; paddedH: number; paddedW: number } {
  const tilesH = Math.ceil(h / side), tilesW = Math.ceil(w / side);
  const [paddedH, paddedW] = [tilesH, tilesW].map((tiles) => side * tiles + 2);
  return { tilesH, tilesW, paddedH, paddedW };
}

/**
 * How many of `n` images make a chunk whose gradients are summed: the same for any
 * number of threads, since rounding depends on it. There are at most `maxChunks`.
 */
export function imagesPerSum(n: number, maxChunks: number): number {
  return Math.max(IMAGES_PER_CHUNK, Math.ceil(n / Math.max(1, maxChunks)));
}
