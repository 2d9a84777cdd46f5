/** Matrix product, of batches too, plain and with bias and activation. */

import {
  broadcast_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import {
  BLOCK_ROWS,
  BLOCK_SCRATCH_BYTES,
  PANEL_BYTES,
  PANEL_COLUMNS,
} from "../threads/jobs.ts";
import { runFaster } from "../threads/autotune.ts";
import { accelerate, areFloats, type Call } from "./accelerate.ts";
import {
  addBiasAndActivate,
  type Epilogue,
  epilogueOf,
  type FusedAttributes,
  type FusedInputs,
  NO_EPILOGUE,
} from "./fused.ts";
import { arePositiveIntegers } from "../geometry/sizes.ts";

type Inputs = { a: TensorInfo; b: TensorInfo };
type Attributes = { transposeA: boolean; transposeB: boolean };

/** Register blocks of a chunk at most: its rows of a stay in the second-level cache. */
const MAX_BLOCKS_PER_CHUNK = 8;
/** Of so few register blocks a thread each thread makes one chunk. */
const MAX_BLOCKS_PER_SHARE = 16;
/** So few chunks that multiply the same b pack it each for itself. */
const MAX_PACKING_CHUNKS = 4;
/** Multiplications of a chunk, at least: they take longer than to start it. */
const MULTIPLICATIONS_PER_CHUNK = 100_000;

/** Packs b[k, n], whose strides are in bytes, in panels of 16 columns; their address. */
export function packPanels(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { b, k, n, rowStride, columnStride, batches = 1, batchStride = 0 }: {
    b: number;
    k: number;
    n: number;
    rowStride: number;
    columnStride: number;
    batches?: number;
    batchStride?: number;
  },
): number {
  const panels = Math.ceil(n / PANEL_COLUMNS);
  const out = allocate(4 * batches * panels * k * PANEL_COLUMNS);
  backend.pool.run("pack", {
    b,
    out,
    k,
    n,
    rowStride,
    columnStride,
    batchStride,
    panels,
  }, batches * panels);
  return out;
}

/** A matrix in memory, or a batch of them; strides are in bytes. */
export interface Matrix {
  address: number;
  rowStride: number;
  columnStride: number;
  /** From one matrix of the batch to the next; 0: one for the whole batch. */
  batchStride?: number;
}

/**
 * out[m, n] = a[m, k] b[k, n] for each of a batch, one after the other; `outRow`
 * numbers from one row of out to the next.
 */
export function multiply(
  backend: WasmBackend,
  { a, b, out, m, n, k, batches = 1, outRow = n, epilogue = NO_EPILOGUE }: {
    a: Matrix;
    b: Matrix;
    out: number;
    m: number;
    n: number;
    k: number;
    batches?: number;
    outRow?: number;
    /** Only where rows of out follow each other without gaps. */
    epilogue?: Epilogue;
  },
) {
  const { address, rowStride, columnStride, batchStride = 0 } = b;
  const { threads } = backend.pool;
  // No output depends on the size of chunks, so all threads get equal shares.
  const rowBlocks = Math.ceil(m / BLOCK_ROWS);
  const most = rowBlocks <= MAX_BLOCKS_PER_SHARE * threads
    ? Math.ceil(rowBlocks / threads)
    : MAX_BLOCKS_PER_CHUNK;
  const least = Math.ceil(MULTIPLICATIONS_PER_CHUNK / (BLOCK_ROWS * n * k));
  const rowsPerChunk = BLOCK_ROWS * Math.min(rowBlocks, Math.max(most, least));
  const chunksPerProduct = Math.ceil(m / rowsPerChunk);
  const chunks = batches * chunksPerProduct;
  // What is packed once for all chunks goes to memory and back.
  const chunksPerB = batchStride ? chunksPerProduct : chunks;
  const isPackedByChunks = chunksPerB <= MAX_PACKING_CHUNKS;
  backend.heap.borrow((allocate) => {
    const panels = isPackedByChunks ? 0 : packPanels(backend, allocate, {
      ...{ b: address, k, n, rowStride, columnStride, batchStride },
      batches: batchStride ? batches : 1,
    });
    const bytes = BLOCK_SCRATCH_BYTES + (isPackedByChunks ? PANEL_BYTES : 0);
    const job = {
      a: a.address,
      b: address,
      bRowStride: rowStride,
      bColumnStride: columnStride,
      bBatchStride: batchStride,
      panels,
      out,
      m,
      n,
      k,
      rowStride: a.rowStride,
      columnStride: a.columnStride,
      aBatchStride: a.batchStride ?? 0,
      panelsBatchStride: batchStride
        ? 4 * Math.ceil(n / PANEL_COLUMNS) * k * PANEL_COLUMNS
        : 0,
      outRow: 4 * outRow,
      ...epilogue,
      rowsPerChunk,
      ...backend.scratch(allocate, { bytes, chunks }),
    };
    const key = `matMul ${m} ${n} ${k}`;
    runFaster(backend.pool, { key, amount: batches }, (smallBlock) => {
      backend.pool.run("matMul", { ...job, smallBlock }, chunks);
    });
  });
}

/** A matrix [rows, columns] of a tensor, or its transpose. */
function matrixOf(
  address: number,
  { columns, isTransposed }: { columns: number; isTransposed: boolean },
): Matrix {
  const [rowStride, columnStride] = isTransposed
    ? [4, 4 * columns]
    : [4 * columns, 4];
  return { address, rowStride, columnStride };
}

function matMul(
  { inputs: { a, b }, attrs: { transposeA, transposeB }, backend }: Call<
    Inputs,
    Attributes
  >,
  epilogue?: Epilogue,
): TensorInfo | undefined {
  // The plain kernel throws for a matrix of one axis.
  if (a.shape.length < 2 || b.shape.length < 2) return undefined;
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [n, bK] = transposeB ? [bRows, bColumns] : [bColumns, bRows];
  const aOuter = a.shape.slice(0, -2), bOuter = b.shape.slice(0, -2);
  const outer = broadcast_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const aBatches = util.sizeFromShape(aOuter);
  const bBatches = util.sizeFromShape(bOuter);
  const batches = util.sizeFromShape(outer);
  const isPlain = (aBatches === 1 || aBatches === batches) &&
    (bBatches === 1 || bBatches === batches);
  // The plain kernel multiplies empty matrices, and throws where sizes do not match.
  if (
    !areFloats(a, b) || !isPlain || k !== bK ||
    !arePositiveIntegers(batches, m, n, k)
  ) {
    return undefined;
  }
  const from = backend.address(a);
  const out = backend.output([...outer, m, n]);
  multiply(backend, {
    a: {
      ...matrixOf(from, { columns: aColumns, isTransposed: transposeA }),
      batchStride: aBatches === 1 ? 0 : 4 * m * k,
    },
    b: {
      ...matrixOf(backend.address(b), {
        columns: bColumns,
        isTransposed: transposeB,
      }),
      batchStride: bBatches === 1 ? 0 : 4 * k * n,
    },
    out: backend.address(out),
    ...{ m, n, k, batches, epilogue },
  });
  return out;
}

/** BatchMatMul and _FusedMatMul. */
export const matMuls: KernelConfig[] = [
  accelerate<Inputs, Attributes>("BatchMatMul", matMul),
  accelerate<
    Inputs & FusedInputs,
    Attributes & FusedAttributes
  >("_FusedMatMul", (call) => {
    const { inputs: { b }, attrs: { transposeB } } = call;
    const epilogue = epilogueOf(call, b.shape.at(transposeB ? -2 : -1) ?? 0);
    const product = matMul(call, epilogue);
    if (epilogue) return product;
    return product && addBiasAndActivate(product, call);
  }),
];
