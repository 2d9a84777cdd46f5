/** Select, and Cast to booleans. */

import {
  type DataType,
  type KernelConfig,
  type TensorInfo,
  upcastType,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate, areFloats } from "./accelerate.ts";
import { isOfNumbers, numbersOf } from "./copy.ts";

/** So few numbers are selected in TypeScript before a task would begin. */
const FEW_NUMBERS = 256;
/** Numbers of a chunk: 64 KiB, which take longer than to wake a thread. */
const NUMBERS_PER_CHUNK = 16_384;

const select = accelerate<Record<"condition" | "t" | "e", TensorInfo>>(
  "Select",
  ({ inputs: { condition, t, e }, backend }) => {
    const { shape } = t;
    const fits = [condition, e].every((each) =>
      util.arraysEqual(each.shape, shape)
    );
    const areOurs = condition.dtype === "bool" && isOfNumbers(t) &&
      isOfNumbers(e);
    if (!areOurs || !fits) return undefined;
    const dtype = upcastType(t.dtype, e.dtype);
    const out = backend.output(shape, dtype);
    const length = util.sizeFromShape(shape);
    if (areFloats(t, e) && length > FEW_NUMBERS) {
      backend.heap.borrow((allocate) => {
        const bytes = allocate(length);
        new Uint8Array(backend.heap.memory.buffer, bytes, length)
          .set(numbersOf(backend, condition));
        backend.pool.run("select", {
          condition: bytes,
          yes: backend.address(t),
          no: backend.address(e),
          out: backend.address(out),
          ...{ length, perChunk: NUMBERS_PER_CHUNK },
        }, Math.ceil(length / NUMBERS_PER_CHUNK));
      });
      return out;
    }
    const [is, yes, no, to] = [condition, t, e, out].map((tensor) =>
      numbersOf(backend, tensor)
    );
    for (let i = 0; i < to.length; i++) to[i] = is[i] === 1 ? yes[i] : no[i];
    return out;
  },
);

const cast = accelerate<{ x: TensorInfo }, { dtype: DataType }>(
  "Cast",
  ({ inputs: { x }, attrs: { dtype }, backend }) => {
    // The others are fast in tfjs.
    if (dtype !== "bool" || x.dtype === dtype || !isOfNumbers(x)) {
      return undefined;
    }
    const out = backend.output(x.shape, dtype);
    const from = numbersOf(backend, x), to = numbersOf(backend, out);
    for (let i = 0; i < to.length; i++) to[i] = from[i] === 0 ? 0 : 1;
    return out;
  },
);

/** Select and Cast. */
export const selecting: KernelConfig[] = [select, cast];
