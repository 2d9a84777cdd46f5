/**
 * All steps of a recurrent layer in one kernel, and their gradients in another. tfjs
 * itself has no such kernels: layers.ts calls them.
 */

import type {
  KernelConfig,
  NamedTensorInfoMap,
  TensorInfo,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { arePositiveIntegers, hasShape } from "../geometry/sizes.ts";
import { accelerate, addressesIn, areFloats } from "../kernels/accelerate.ts";
import { multiply, packPanels } from "../kernels/matmul.ts";
import { runFaster } from "../threads/autotune.ts";
import type { Fields, Jobs } from "../threads/fields.ts";
import {
  BLOCK_ROWS,
  GRU,
  LSTM,
  ROWS_OFFSET,
  type SequenceFields,
  SIMPLE,
} from "../threads/jobs.ts";

/** Multiplications of a chunk, at least: they take longer than to start it. */
const MULTIPLICATIONS_PER_CHUNK = 100_000;

/** A kind of cells: how many gates it has, and what is kept at each step. */
interface Cell {
  gates: number;
  task: "lstm" | "gru" | "simpleRnn";
  /** Whether it has a second state, c. */
  hasC: boolean;
  /** Whether more is kept than the gates and h: c, or of GRU r h. */
  keepsInner: boolean;
}

/** The cells, by their numbers in assembly/. */
export const CELLS: Record<number, Cell> = {
  [LSTM]: { gates: 4, task: "lstm", hasC: true, keepsInner: true },
  [GRU]: { gates: 3, task: "gru", hasC: false, keepsInner: true },
  [SIMPLE]: { gates: 1, task: "simpleRnn", hasC: false, keepsInner: false },
};

/** The attributes of both kernels. */
export interface SequenceAttributes {
  /** A number of {@linkcode CELLS}. */
  cell: number;
  activation: number;
  recurrentActivation: number;
  goBackwards: boolean;
  /** Whether the state after each step is wanted too. */
  returnsSequence: boolean;
  /** Whether what the gradient needs is kept. */
  keeps: boolean;
}

/** What the first kernel uses. */
export interface SequenceInputs {
  /** The inputs times their weights, [batch, time, gates * units]. */
  x: TensorInfo;
  /** [units, gates * units] */
  recurrentKernel: TensorInfo;
  /** [gates * units] */
  bias?: TensorInfo;
  /** [batch, time], zero where the state stays as it is; [0] where there is none. */
  mask: TensorInfo;
  /** The first state, [batch, units]. */
  h: TensorInfo;
  c?: TensorInfo;
}

/** What the first kernel gives, in this order. */
export interface SequenceOutputs<Info = TensorInfo> {
  /** Kept at each step, [batch, time, gates * units]. */
  gates?: Info;
  /** [batch, time, units]: h before the step. */
  previous?: Info;
  /** [batch, time, units]: c before the step, or r h. */
  inner?: Info;
  /** The last state, [batch, units]. */
  h: Info;
  c?: Info;
  /** [batch, time, units]: h after each step. */
  sequence?: Info;
}

/** The outputs by their names. */
export function namedOutputs<Info>(
  outputs: Info[],
  { cell, keeps, returnsSequence }: SequenceAttributes,
): SequenceOutputs<Info> {
  const { hasC, keepsInner } = CELLS[cell];
  const names = [
    ...keeps ? ["gates", "previous"] : [],
    ...keeps && keepsInner ? ["inner"] : [],
    "h",
    ...hasC ? ["c"] : [],
    ...returnsSequence ? ["sequence"] : [],
  ];
  return Object.fromEntries(names.map((name, i) => [name, outputs[i]])) as
    & SequenceOutputs<Info>
    & Record<string, Info>;
}

/** What the second kernel uses: what was kept, and gradients of the outputs. */
export interface GradientInputs {
  recurrentKernel: TensorInfo;
  mask: TensorInfo;
  gates: TensorInfo;
  previous: TensorInfo;
  inner?: TensorInfo;
  dh: TensorInfo;
  dc?: TensorInfo;
  dSequence?: TensorInfo;
}

interface Sizes {
  batch: number;
  time: number;
  units: number;
}

/** Whether the inputs are floats of shapes that belong to one another. */
function fit(inputs: SequenceInputs, cell: Cell): boolean {
  const { x, recurrentKernel, bias, mask, h, c } = inputs;
  const [units] = recurrentKernel.shape, [batch, time] = x.shape;
  const width = cell.gates * units, state = [batch, units];
  return arePositiveIntegers(batch, time, units) &&
    hasFloats(x, [batch, time, width]) &&
    hasFloats(recurrentKernel, [units, width]) &&
    (!bias || hasFloats(bias, [width])) &&
    (hasFloats(mask, [0]) || hasFloats(mask, [batch, time])) &&
    hasFloats(h, state) && (!cell.hasC || hasFloats(c, state));
}

/** The same of the second kernel. */
function fitGradient(inputs: GradientInputs, cell: Cell): boolean {
  const { recurrentKernel, mask, gates, previous, dSequence } = inputs;
  const [batch, time, units] = previous.shape, steps = [batch, time, units];
  const width = cell.gates * units, state = [batch, units];
  return arePositiveIntegers(batch, time, units) &&
    hasFloats(previous, steps) && hasFloats(gates, [batch, time, width]) &&
    hasFloats(recurrentKernel, [units, width]) &&
    (!cell.keepsInner || hasFloats(inputs.inner, steps)) &&
    (hasFloats(mask, [0]) || hasFloats(mask, [batch, time])) &&
    hasFloats(inputs.dh, state) &&
    (!cell.hasC || hasFloats(inputs.dc, state)) &&
    (!dSequence || hasFloats(dSequence, steps));
}

function hasFloats(info: TensorInfo | undefined, shape: number[]): boolean {
  return info !== undefined && areFloats(info) && hasShape(info, shape);
}

function run(
  inputs: SequenceInputs,
  attrs: SequenceAttributes,
  backend: WasmBackend,
): TensorInfo[] | undefined {
  const cell = CELLS[attrs.cell];
  if (!fit(inputs, cell)) return undefined;
  const { x, h, c } = inputs;
  const [batch, time, width] = x.shape, units = width / cell.gates;
  const steps = [batch, time, units], state = [batch, units];
  const shapes = [
    ...attrs.keeps ? [x.shape, steps] : [],
    ...attrs.keeps && cell.keepsInner ? [steps] : [],
    ...cell.hasC ? [state, state] : [state],
    ...attrs.returnsSequence ? [steps] : [],
  ];
  const outputs = shapes.map((shape) => backend.output(shape));
  const { gates, previous, inner, ...last } = namedOutputs(outputs, attrs);
  const address = addressesIn(backend);
  inSteps(backend, attrs, {
    ...{ batch, time, units },
    recurrentKernel: address(inputs.recurrentKernel),
    mask: inputs.mask,
    ...{ name: cell.task, isTransposed: false },
    use: (job, chunks) =>
      backend.pool.run(cell.task, {
        ...job,
        ...{ gates: address(gates), previous: address(previous) },
        inner: address(inner),
        x: address(x),
        bias: address(inputs.bias),
        ...{ firstH: address(h), firstC: address(c) },
        ...{ h: address(last.h), c: address(last.c) },
        sequence: address(last.sequence),
      }, chunks),
  });
  return outputs;
}

/**
 * Gives the gradients of x, the recurrent kernel, and the first h and c; they are
 * where the inputs of the first kernel were.
 */
function runGradient(
  inputs: GradientInputs,
  attrs: SequenceAttributes,
  backend: WasmBackend,
): TensorInfo[] | undefined {
  const cell = CELLS[attrs.cell];
  if (!fitGradient(inputs, cell)) return undefined;
  const { gates, previous, inner, dh, dc, dSequence } = inputs;
  const [batch, time, units] = previous.shape;
  const name = `${cell.task}Gradient` as const;
  const address = addressesIn(backend);
  const dx = backend.output(gates.shape);
  const dKernel = backend.output(inputs.recurrentKernel.shape);
  const dFirstH = backend.output(dh.shape);
  const dFirstC = dc && backend.output(dc.shape);
  inSteps(backend, attrs, {
    ...{ batch, time, units },
    recurrentKernel: address(inputs.recurrentKernel),
    mask: inputs.mask,
    ...{ name, isTransposed: true },
    use: (job, chunks) =>
      backend.pool.run(name, {
        ...job,
        ...{ gates: address(gates), previous: address(previous) },
        inner: address(inner),
        ...{ dx: address(dx), dh: address(dh), dc: address(dc) },
        dSequence: address(dSequence),
        ...{ dFirstH: address(dFirstH), dFirstC: address(dFirstC) },
      }, chunks),
  });
  // What each gate was multiplied with: h, but the last gate of a GRU with r h.
  const width = cell.gates * units, outer = outerWidth(attrs, units);
  const product = (before: TensorInfo, first: number, n: number) =>
    multiply(backend, {
      a: { address: address(before), rowStride: 4, columnStride: 4 * units },
      b: {
        address: address(dx) + 4 * first,
        rowStride: 4 * width,
        columnStride: 4,
      },
      out: address(dKernel) + 4 * first,
      ...{ m: units, n, k: batch * time, outRow: width },
    });
  product(previous, 0, outer);
  if (outer < width) product(inner!, outer, units);
  return [dx, dKernel, dFirstH, ...dFirstC ? [dFirstC] : []];
}

/** Columns of the recurrent kernel that h is multiplied with; the others: r h. */
function outerWidth({ cell }: SequenceAttributes, units: number): number {
  return cell === GRU ? 2 * units : CELLS[cell].gates * units;
}

/** Packs the recurrent kernel and calls `use` with what is the same in both tasks. */
function inSteps(
  backend: WasmBackend,
  attrs: SequenceAttributes,
  { name, recurrentKernel, mask, isTransposed, use, ...sizes }: Sizes & {
    /** Of the task. */
    name: keyof Jobs;
    recurrentKernel: number;
    mask: TensorInfo;
    isTransposed: boolean;
    use: (
      job: Omit<Fields<typeof SequenceFields>, "gates" | "previous" | "inner">,
      chunks: number,
    ) => void;
  },
) {
  const { batch, time, units } = sizes, { gates } = CELLS[attrs.cell];
  const width = gates * units, outer = outerWidth(attrs, units);
  const blocks = Math.ceil(
    MULTIPLICATIONS_PER_CHUNK / (BLOCK_ROWS * time * units * width),
  );
  const rowsPerChunk = Math.min(batch, BLOCK_ROWS * blocks);
  const chunks = Math.ceil(batch / rowsPerChunk);
  backend.heap.borrow((allocate) => {
    const pack = (first: number, columns: number) =>
      packPanels(backend, allocate, {
        b: recurrentKernel + 4 * first,
        ...isTransposed
          ? { k: columns, n: units, rowStride: 4, columnStride: 4 * width }
          : { k: units, n: columns, rowStride: 4 * width, columnStride: 4 },
      });
    // h, c, r h and sums of the gates, and a bias of zeros.
    const bytes = ROWS_OFFSET +
      4 * (rowsPerChunk * (3 * units + width) + width);
    const job = {
      ...sizes,
      backwards: Number(attrs.goBackwards),
      activation: attrs.activation,
      recurrentActivation: attrs.recurrentActivation,
      mask: mask.shape.length > 1 ? backend.address(mask) : 0,
      panels: pack(0, outer),
      innerPanels: outer < width ? pack(outer, units) : 0,
      rowsPerChunk,
      ...backend.scratch(allocate, { bytes, chunks }),
    };
    // Sequences of other lengths have the same key.
    const task = { key: `${name} ${units}`, amount: batch * time };
    runFaster(backend.pool, task, (smallBlock) => {
      use({ ...job, smallBlock }, chunks);
    });
  });
}

/** RecurrentSequence and its gradient. */
export const sequences: KernelConfig[] = [
  accelerate<SequenceInputs & NamedTensorInfoMap, SequenceAttributes>(
    "RecurrentSequence",
    ({ inputs, attrs, backend }) => run(inputs, attrs, backend),
  ),
  accelerate<GradientInputs & NamedTensorInfoMap, SequenceAttributes>(
    "RecurrentSequenceGrad",
    ({ inputs, attrs, backend }) => runGradient(inputs, attrs, backend),
  ),
];
