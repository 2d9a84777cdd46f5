/** The gradient of a convolution for its input. */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, type Call } from "./accelerate.ts";
import { copyInOrder } from "./copy.ts";
import { BLOCK_SCRATCH_BYTES, PANEL_COLUMNS } from "../threads/jobs.ts";
import { runFaster } from "../threads/autotune.ts";
import { offsetAllocator } from "../threads/memory.ts";
import {
  convolve,
  FLAT,
  isFast,
  type Layer,
  windowFields,
} from "./convolution.ts";
import { packPanels } from "./matmul.ts";
import { hasShape } from "../geometry/sizes.ts";
import { cut, permute, viewOf } from "../geometry/views.ts";
import {
  type ConvolutionAttributes as Attributes,
  convolutionInfo,
  type Info,
  type Side,
  sidesOf,
} from "../geometry/windows.ts";
import { isForWinograd, winograd } from "./winograd.ts";

/**
 * One phase of dx along one axis. With q = i + padding, pixel i of dx is the sum of
 * dy[o] times tap k of the filter over all o and k with q = stride * o + k. So the
 * pixels whose q has the same remainder r by the stride, a phase, are a convolution of
 * stride 1 of dy with the taps r, r + stride, r + 2 stride ... in reverse (Shi et al.
 * 2016, arXiv:1609.07009).
 */
interface Phase {
  /** The first of its taps, and their number. */
  firstTap: number;
  taps: number;
  /** The first of its pixels in dx, and their number. */
  firstPixel: number;
  pixels: number;
  /** Padding before pixel 0 of dy; below zero: pixels that are cut off. */
  padding: number;
}

/** The phases along an axis that have pixels. */
function phasesOf({ size, window, stride, dilation, padding }: Side): Phase[] {
  return Array.from({ length: stride }, (_, firstTap) => {
    const taps = Math.ceil((window - firstTap) / stride);
    const first = Math.ceil((padding - firstTap) / stride);
    const last = Math.floor((size - 1 + padding - firstTap) / stride);
    return {
      firstTap,
      taps,
      firstPixel: firstTap - padding + stride * first,
      pixels: last - first + 1,
      padding: (taps - 1) * dilation - first,
    };
  }).filter(({ pixels }) => pixels > 0);
}

/** Planes, rows and columns. */
type Sides = [Side, Side, Side];
type Phases = [Phase, Phase, Phase];

/** A convolution of `n` volumes; images are volumes of one plane. */
interface Windows {
  n: number;
  c: number;
  channels: number;
  sides: Sides;
}

/** The planes of images. */
const ONE_PLANE: Side = {
  ...{ size: 1, outSize: 1, window: 1, stride: 1, dilation: 1, padding: 0 },
};

/**
 * Writes out[n, d, h, w, c] of dy and filter[kd, kh, kw, c, channels].
 *
 * @throws {RangeError} for strides and dilations above 1 along one axis.
 */
export function inputGradient(
  backend: WasmBackend,
  windows: Windows,
  { dy, filter, out, run }: {
    dy: number;
    filter: TensorInfo;
    out: number;
    run: typeof convolve;
  },
) {
  const { n, c, sides } = windows;
  if (sides.some(({ stride, dilation }) => stride > 1 && dilation > 1)) {
    throw new RangeError(
      "Cannot compute the gradient of a convolution by its input: along one " +
        "axis its strides and its dilations are both larger than 1",
    );
  }
  const [planes, rows, columns] = sides.map(phasesOf);
  const all = planes.flatMap((plane) =>
    rows.flatMap((row) => columns.map((column): Phases => [plane, row, column]))
  );
  const [d, h, w] = sides.map(({ size }) => size);
  const [strideD, strideH, strideW] = sides.map(({ stride }) => stride);
  for (const phases of all) {
    const [plane, row, column] = phases;
    backend.heap.borrow((allocate) => {
      const size = n * plane.pixels * row.pixels * column.pixels * c;
      const phase = all.length === 1 ? out : allocate(4 * size);
      if (phases.some(({ taps }) => taps === 0)) {
        backend.heap.floats(phase, size).fill(0);
      } else {
        const reversed = reverseFilter(backend, allocate, {
          ...{ ...windows, filter, phases },
        });
        const layer = layerOf(windows, phases, dy);
        run(backend, layer, { filter: reversed, out: phase });
      }
      if (all.length === 1) return;
      backend.pool.run("putPhase", {
        phase,
        planes: plane.pixels,
        rows: row.pixels,
        columns: column.pixels,
        ...{ out, d, h, w, c, strideD, strideH, strideW },
        firstPlane: plane.firstPixel,
        firstRow: row.firstPixel,
        firstColumn: column.firstPixel,
      }, n * plane.pixels);
    });
  }
}

/** The convolution of dy that gives the pixels of a phase. */
function layerOf(
  { n, c, channels, sides }: Windows,
  [plane, row, column]: Phases,
  dy: number,
): Layer {
  const [planes, rows, columns] = sides;
  return {
    image: {
      x: dy,
      h: rows.outSize,
      w: columns.outSize,
      c: channels,
      top: row.padding,
      left: column.padding,
      paddedW: column.pixels + (column.taps - 1) * columns.dilation,
    },
    depth: planes === ONE_PLANE ? FLAT : {
      d: planes.outSize,
      kd: plane.taps,
      outD: plane.pixels,
      strideD: 1,
      dilationD: planes.dilation,
      front: plane.padding,
    },
    n: n * plane.pixels,
    kh: row.taps,
    kw: column.taps,
    dilationH: rows.dilation,
    dilationW: columns.dilation,
    strideH: 1,
    strideW: 1,
    outH: row.pixels,
    outW: column.pixels,
    channels: c,
  };
}

/**
 * Writes the taps of a phase in reverse and with channels exchanged: reversed[taps,
 * taps, taps, channels, c] of filter[kd, kh, kw, c, channels]. Returns the address.
 */
function reverseFilter(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { filter, phases, c, channels, sides }: Windows & {
    filter: TensorInfo;
    phases: Phases;
  },
): number {
  const [, { window: kh }, { window: kw }] = sides;
  const whole = viewOf([sides[0].window, kh, kw, c, channels]);
  const inReverse = phases.reduce((view, { firstTap, taps }, axis) => {
    const { stride } = sides[axis], start = firstTap + (taps - 1) * stride;
    return cut(view, axis, { start, size: taps, step: -stride });
  }, whole);
  const view = permute(inReverse, [0, 1, 2, 4, 3]);
  const address = allocate(4 * util.sizeFromShape(view.shape));
  copyInOrder(backend, view, { from: backend.address(filter), to: address });
  return address;
}

/** Products of an image at most that wait to be added; they stay in the cache. */
const MAX_PRODUCT_BYTES = 1 << 20;

/**
 * Whether the gradient for an input of so few channels is made by the task of
 * few_channels.ts, since most columns of a panel would be empty. With stride 1, one
 * channel has a task of its own.
 */
export function hasFewInputs(info: Info): boolean {
  const { inChannels: c, filterHeight, filterWidth } = info;
  const bytes = 4 * info.outHeight * info.outWidth * filterHeight *
    filterWidth * c;
  const isDense = info.strideHeight === 1 && info.strideWidth === 1;
  return c < PANEL_COLUMNS / 2 && (c > 1 || !isDense) &&
    info.dilationHeight === 1 && info.dilationWidth === 1 &&
    bytes <= MAX_PRODUCT_BYTES;
}

/** Writes dx[n, h, w, c] of dy and filter[kh, kw, c, channels] for few channels c. */
function fewInputsGradient(
  backend: WasmBackend,
  info: Info,
  { dy, filter, out }: { dy: number; filter: number; out: number },
) {
  const { batchSize: n, inChannels: c, outChannels: channels } = info;
  const { kh, kw, strideH, strideW, outH, outW } = windowFields(info);
  const place = offsetAllocator();
  place(BLOCK_SCRATCH_BYTES);
  const products = place(4 * outH * outW * kh * kw * c);
  backend.heap.borrow((allocate) => {
    const panels = packPanels(backend, allocate, {
      ...{ b: filter, k: channels, n: kh * kw * c },
      ...{ rowStride: 4, columnStride: 4 * channels },
    });
    const job = {
      ...{ dy, panels, out, h: info.inHeight, w: info.inWidth, c, products },
      ...{ kh, kw, strideH, strideW, outH, outW, channels },
      ...{ top: info.padInfo.top, left: info.padInfo.left },
      ...backend.scratch(allocate, { bytes: place(0), chunks: n }),
    };
    const key = `fewChannels ${[outH, outW, kh, kw, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run("fewChannelsGradient", { ...job, smallBlock }, n);
    });
  });
}

/** dx[n, h, w, c] of dy and filter[kh, kw, c, channels]. */
function conv2DBackpropInput(
  { inputs: { dy, filter }, attrs, backend }: Call<
    { dy: TensorInfo; filter: TensorInfo },
    Attributes & { inputShape: number[] }
  >,
): TensorInfo | undefined {
  const info = convolutionInfo(attrs.inputShape, filter.shape, attrs);
  if (!isFast(info, dy, filter) || !hasShape(dy, info.outShape)) {
    return undefined;
  }
  const from = backend.address(dy), out = backend.output(info.inShape);
  if (hasFewInputs(info)) {
    const addresses = { dy: from, filter: backend.address(filter) };
    const to = backend.address(out);
    fewInputsGradient(backend, info, { ...addresses, out: to });
    return out;
  }
  inputGradient(backend, {
    n: info.batchSize,
    c: info.inChannels,
    channels: info.outChannels,
    sides: [ONE_PLANE, ...sidesOf(info)],
  }, {
    ...{ dy: from, filter, out: backend.address(out) },
    run: isForWinograd(info) ? winograd : convolve,
  });
  return out;
}

/** Conv2DBackpropInput, which tfjs calls for transposed convolutions too. */
export const inputGradients: KernelConfig[] = [
  accelerate("Conv2DBackpropInput", conv2DBackpropInput),
];
