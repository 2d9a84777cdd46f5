/** Gradients of resizing: what was copied or mixed gets its share back. */

import { nearestSources, type Rounding } from "../../geometry/resize.ts";
import { checkGradient } from "../../geometry/sizes.ts";
import type { Floats } from "./floats.ts";

/** dx[n, h, w, c]: each pixel gets the dy of the pixels that copied it. */
export function resizeNearestNeighborGrad(
  { images, dy }: { images: Floats; dy: Floats },
  attrs: Rounding,
): Floats {
  const [n, h, w, c] = images.shape;
  const [, outH, outW] = dy.shape;
  checkGradient(dy, { inShape: images.shape, outShape: [n, outH, outW, c] });
  const rows = nearestSources(h, outH, attrs);
  const columns = nearestSources(w, outW, attrs);
  const upstream = dy.values;
  const dx = new Float32Array(n * h * w * c);
  let i = 0;
  for (let image = 0; image < n; image++) {
    for (const row of rows) {
      for (const column of columns) {
        const pixel = ((image * h + row) * w + column) * c;
        for (let channel = 0; channel < c; channel++) {
          dx[pixel + channel] += upstream[i++];
        }
      }
    }
  }
  return { shape: images.shape, values: dx };
}

/** Position between two source rows (or columns), as tfjs's ResizeBilinear. */
function bilinearSources(
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: Rounding,
) {
  const between = alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - between) / (to - between);
  return Array.from({ length: to }, (_, i) => {
    const position = halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i;
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(from - 1, Math.ceil(position));
    return [{ at: low, weight: 1 - (position - low) }, {
      at: high,
      weight: position - low,
    }];
  });
}

/** dx[n, h, w, c]: each of four pixels gets dy by its weight. */
export function resizeBilinearGrad(
  { images, dy }: { images: Floats; dy: Floats },
  attrs: Rounding,
): Floats {
  const [n, h, w, c] = images.shape;
  const [, outH, outW] = dy.shape;
  checkGradient(dy, { inShape: images.shape, outShape: [n, outH, outW, c] });
  const rows = bilinearSources(h, outH, attrs);
  const columns = bilinearSources(w, outW, attrs);
  const upstream = dy.values;
  const dx = new Float32Array(n * h * w * c);
  for (let image = 0, i = 0; image < n; image++) {
    for (const row of rows) {
      for (const column of columns) {
        for (const y of row) {
          for (const x of column) {
            const pixel = ((image * h + y.at) * w + x.at) * c;
            const weight = y.weight * x.weight;
            for (let channel = 0; channel < c; channel++) {
              dx[pixel + channel] += upstream[i + channel] * weight;
            }
          }
        }
        i += c;
      }
    }
  }
  return { shape: images.shape, values: dx };
}
