/**
 * Convolutions of 3 by 3 windows by Winograd's algorithm: 36 products a channel
 * pair for 16 outputs instead of 144.
 */

import { backend_util } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import type { Fields } from "../threads/fields.ts";
import {
  type LayerJob,
  type PaddedImage,
  WINOGRAD,
  WINOGRAD_PARTS as PARTS,
  WINOGRAD_WORKSPACE_BYTES,
} from "../threads/jobs.ts";
import { allocator } from "../threads/memory.ts";
import { partRows, putStages } from "../network/layout.ts";
import { runFaster } from "../threads/autotune.ts";
import { sumAxis } from "./reduce.ts";

/** Outputs of a convolution of stride 1. */
interface Layer {
  padded: Fields<typeof PaddedImage>;
  n: number;
  outH: number;
  outW: number;
  channels: number;
}

/** Tiles that go through together, at least; their numbers fit in the cache. */
const TILES = 24;
/** Images whose filter gradients are summed before the chunks are. */
const IMAGES_PER_CHUNK = 8;
/** At most so many bytes of them wait, else chunks are of more images. */
const SUMS_BYTES = 1 << 26;

/**
 * Whether Winograd's algorithm is for such a convolution. It adds and subtracts
 * neighbouring pixels, so one that is infinite makes NaN or an infinity of the
 * tile of four by four around it; an infinite weight, or in the filter's gradient
 * an infinite pixel, of all that its channel gives. Rounding is 2.5 times that of
 * the plain sum, and whole numbers are not exact.
 */
export function isForWinograd(
  info: Pick<
    backend_util.Conv2DInfo,
    | "filterHeight"
    | "filterWidth"
    | "strideHeight"
    | "strideWidth"
    | "dilationHeight"
    | "dilationWidth"
    | "inChannels"
    | "outChannels"
    | "outWidth"
    | "outHeight"
  >,
): boolean {
  return info.filterHeight === 3 && info.filterWidth === 3 &&
    info.strideHeight === 1 && info.strideWidth === 1 &&
    info.dilationHeight === 1 && info.dilationWidth === 1 &&
    info.inChannels % 16 === 0 && info.outChannels % 16 === 0 &&
    // Of smaller images, tiles of 4 by 4 outputs cover too much that is not there.
    info.outWidth > 4 && info.outHeight > 4;
}

/** Fields of a stage that is in no network. */
const ALONE = {
  ...{ kind: WINOGRAD, pooled: 0, bias: 0, dBias: 0, transposedFilter: 0 },
  ...{
    input: 0,
    dInput: 0,
    transformedInput: 0,
    argmax: 0,
    products: 0,
    workspace: 0,
  },
  ...{ filterSums: 0, biasSums: 0 },
};

/** Fields that not every task of a layer has a use for. */
const UNUSED = {
  filter: 0,
  dFilter: 0,
  transformedFilter: 0,
  dy: 0,
  imagesPerChunk: 1,
};

/** Where a job finds memory that is given back after it. */
interface Memory {
  backend: WasmBackend;
  allocate: (bytes: number) => number;
}

/** The job of a layer, by wide tiles or by narrow ones. */
function jobOf(
  { backend, allocate }: Memory,
  { padded, n, outH, outW, channels }: Layer,
  { chunks, out, ...used }:
    & { chunks: number; out: number }
    & Partial<
      typeof UNUSED
    >,
): (smallBlock: number) => Fields<typeof LayerJob> {
  const { dy, imagesPerChunk, ...addresses } = { ...UNUSED, ...used };
  const tilesH = Math.ceil(outH / 4), tilesW = Math.ceil(outW / 4);
  const paddedH = 4 * tilesH + 2, paddedW = 4 * tilesW + 2;
  const tileRowsPerStrip = Math.min(tilesH, Math.ceil(TILES / tilesW));
  const rows = partRows(tileRowsPerStrip * tilesW);
  const slot = allocator();
  slot(WINOGRAD_WORKSPACE_BYTES);
  const places = {
    padded: slot(4 * (4 * tileRowsPerStrip + 2) * paddedW * padded.c),
    transformedInput: slot(4 * PARTS * rows * padded.c),
    products: slot(4 * PARTS * rows * channels),
  };
  const scratch = backend.scratch(allocate, { bytes: slot(0), chunks });
  const stage = {
    ...ALONE,
    ...{ h: outH, w: outW, cin: padded.c, cout: channels },
    ...{ tilesH, tilesW, partRows: rows, paddedH, paddedW },
    ...addresses,
  };
  return (smallBlock) => ({
    ...padded,
    paddedW,
    stage: putStages(backend.heap, allocate, [{ ...stage, smallBlock }]),
    ...{ out, dy, n, imagesPerChunk, tileRowsPerStrip, ...scratch, ...places },
  });
}

/** out[n, outH, outW, channels] of the frame and filter[3, 3, c, channels]. */
export function winograd(
  backend: WasmBackend,
  layer: Layer,
  { filter, out }: { filter: number; out: number },
) {
  const { n, outH, outW, channels, padded: { c } } = layer;
  backend.heap.borrow((allocate) => {
    const transformedFilter = allocate(4 * PARTS * c * channels);
    const memory = { backend, allocate };
    const job = jobOf(memory, layer, {
      filter,
      transformedFilter,
      out,
      chunks: n,
    });
    backend.pool.run("winogradTransformFilter", job(0), 1);
    // By wide tiles or by narrow ones.
    const key = `winograd ${[outH, outW, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run("winogradConvolution", job(smallBlock), n);
    });
  });
}

/** Writes dFilter[3, 3, c, channels] of the frame and dy. */
export function winogradFilterGradient(
  backend: WasmBackend,
  layer: Layer,
  { dy, dFilter }: { dy: number; dFilter: number },
) {
  const { n, outH, outW, channels, padded: { c } } = layer;
  const length = PARTS * c * channels;
  const most = Math.max(1, Math.floor(SUMS_BYTES / (4 * length)));
  const imagesPerChunk = Math.max(IMAGES_PER_CHUNK, Math.ceil(n / most));
  const chunks = Math.ceil(n / imagesPerChunk);
  backend.heap.borrow((allocate) => {
    const out = allocate(4 * chunks * length);
    const memory = { backend, allocate };
    const job = jobOf(memory, layer, { out, dy, imagesPerChunk, chunks });
    const key = `winogradFilterGradient ${[outH, outW, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run("winogradFilterGradient", job(smallBlock), chunks);
    });
    const sums = allocate(4 * length);
    const sum = { x: out, out: sums, outer: 1, length: chunks, inner: length };
    sumAxis(backend, sum);
    const last = jobOf(memory, layer, { out: sums, dFilter, chunks: 1 });
    backend.pool.run("winogradTransformGradient", last(0), 1);
  });
}
