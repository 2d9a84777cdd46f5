/**
 * Convolutions of 3 by 3 windows by Winograd's algorithm: 36 products for each pair
 * of channels and 16 outputs instead of 144 (see assembly/network/winograd.ts).
 */

import type { backend_util } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { imagesPerSum, MAX_SUMS_BYTES, tilesOver } from "../geometry/tiles.ts";
import { runFaster } from "../threads/autotune.ts";
import { type Fields, writeAll, zeroFields } from "../threads/fields.ts";
import {
  LayerJob,
  MIN_PRODUCT_ROWS,
  type PaddedImage,
  Stage,
  WINOGRAD,
  WINOGRAD_PARTS as PARTS,
  WINOGRAD_WORKSPACE_BYTES,
} from "../threads/jobs.ts";
import { oddRows, offsetAllocator } from "../threads/memory.ts";
import { type Epilogue, NO_EPILOGUE } from "./fused.ts";
import { sumAxis } from "./reduce.ts";

/** A convolution of stride 1 over `n` images: its input and its outputs. */
interface Layer {
  image: Fields<typeof PaddedImage>;
  n: number;
  outH: number;
  outW: number;
  channels: number;
}

/** Tiles that are computed together, at least; their numbers fit in the cache. */
const TILES_PER_STRIP = 24;

/**
 * Whether Winograd's algorithm is for such a convolution. It adds and subtracts
 * neighbouring pixels, so a pixel that is infinite makes NaN or an infinity of the 4
 * by 4 outputs of its tile; an infinite weight, or in the filter's gradient an
 * infinite pixel, of all outputs of its channel. The rounding error is 2.5 times that
 * of a plain sum, and sums of whole numbers are not exact.
 */
export function isForWinograd(info: backend_util.Conv2DInfo): boolean {
  return info.filterHeight === 3 && info.filterWidth === 3 &&
    info.strideHeight === 1 && info.strideWidth === 1 &&
    info.dilationHeight === 1 && info.dilationWidth === 1 &&
    info.inChannels % 16 === 0 && info.outChannels % 16 === 0 &&
    // Of smaller images too much of a tile of 4 by 4 outputs would be outside.
    info.outWidth > 4 && info.outHeight > 4;
}

/** The job of a layer, for each variant of the microkernel. */
function jobOf(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { layer, filters, chunks, epilogue = NO_EPILOGUE, ...arrays }: {
    layer: Layer;
    /** Addresses of filters, those that the task uses. */
    filters: Partial<Fields<typeof Stage>>;
    chunks: number;
    out: number;
    dy?: number;
    imagesPerChunk?: number;
    epilogue?: Epilogue;
  },
): (smallBlock: number) => Fields<typeof LayerJob> {
  const { image, n, outH: h, outW: w, channels: cout } = layer;
  const { c: cin } = image;
  const tiles = tilesOver({ h, w }, 4);
  const { tilesH, tilesW, paddedW } = tiles;
  const tileRowsPerStrip = Math.min(
    tilesH,
    Math.ceil(TILES_PER_STRIP / tilesW),
  );
  const partRows = oddRows(
    Math.max(MIN_PRODUCT_ROWS, tileRowsPerStrip * tilesW),
  );
  const place = offsetAllocator();
  place(WINOGRAD_WORKSPACE_BYTES);
  const places = {
    padded: place(4 * (4 * tileRowsPerStrip + 2) * paddedW * cin),
    transformedInput: place(4 * PARTS * partRows * cin),
    products: place(4 * PARTS * partRows * cout),
  };
  const job = {
    ...zeroFields(LayerJob),
    ...image,
    paddedW,
    ...{ n, imagesPerChunk: 1, tileRowsPerStrip },
    ...backend.scratch(allocate, { bytes: place(0), chunks }),
    ...places,
    ...epilogue,
    ...arrays,
  };
  const stage = {
    ...zeroFields(Stage),
    ...{ kind: WINOGRAD, h, w, cin, cout, partRows },
    ...tiles,
    ...filters,
  };
  return (smallBlock) => {
    const objects = [{ ...stage, smallBlock }];
    const { heap } = backend;
    return {
      ...job,
      stage: writeAll(heap, allocate, { type: Stage, objects }),
    };
  };
}

/** Writes out[n, outH, outW, channels] of the images and filter[3, 3, c, channels]. */
export function winograd(
  backend: WasmBackend,
  layer: Layer,
  { filter, out, epilogue }: {
    filter: number;
    out: number;
    epilogue?: Epilogue;
  },
) {
  const { n, outH, outW, channels, image: { c } } = layer;
  backend.heap.borrow((allocate) => {
    const transformedFilter = allocate(4 * PARTS * c * channels);
    const filters = { filter, transformedFilter };
    const job = jobOf(backend, allocate, {
      ...{ layer, filters, out, epilogue, chunks: n },
    });
    backend.pool.run("winogradTransformFilter", job(0), 1);
    const key = `winograd ${[outH, outW, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run("winogradConvolution", job(smallBlock), n);
    });
  });
}

/** Writes dFilter[3, 3, c, channels] of the images and dy. */
export function winogradFilterGradient(
  backend: WasmBackend,
  layer: Layer,
  { dy, dFilter }: { dy: number; dFilter: number },
) {
  const { n, outH, outW, channels, image: { c } } = layer;
  const length = PARTS * c * channels;
  const imagesPerChunk = imagesPerSum(
    n,
    Math.floor(MAX_SUMS_BYTES / (4 * length)),
  );
  const chunks = Math.ceil(n / imagesPerChunk);
  backend.heap.borrow((allocate) => {
    const x = allocate(4 * chunks * length);
    const arrays = { out: x, dy, imagesPerChunk };
    const job = jobOf(backend, allocate, {
      ...{ layer, filters: {}, chunks },
      ...arrays,
    });
    const key = `winogradFilterGradient ${[outH, outW, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run("winogradFilterGradient", job(smallBlock), chunks);
    });
    const out = allocate(4 * length);
    sumAxis(backend, { x, out, outer: 1, length: chunks, inner: length });
    const transform = jobOf(backend, allocate, {
      ...{ layer, filters: { dFilter }, chunks: 1, out },
    });
    backend.pool.run("winogradTransformGradient", transform(0), 1);
  });
}
