/** Whether two backends answer a call alike. */

import type { Answer } from "./answer.ts";

/** Of the norm: what Winograd's sums and others in another order differ by. */
const TOLERANCE = 1e-4;

/** A tensor with sizes below zero or between whole numbers is none. */
function isTensor({ shape }: { shape: number[] }): boolean {
  return shape.every((size) => Number.isInteger(size) && size >= 0);
}

/** Whether there is an answer that can be one. */
export function isRefused({ error, outputs }: Answer): boolean {
  return error !== undefined || !outputs.every(isTensor);
}

function isTrap(error = ""): boolean {
  return /^RuntimeError|memory access|unreachable|Cannot (run|finish) kernel .*(bounds|thread)/
    .test(error);
}

/** What the language says where an argument was not checked. */
const FOREIGN =
  /Cannot (read|set) propert|is not (a function|a constructor|iterable|defined)|Invalid (typed )?array length|outside the bounds/;

/** What is wrong with our answer, if anything is. */
export function difference(ours: Answer, stock?: Answer): string | undefined {
  // tfjs's strings have a WebAssembly of their own, which traps too.
  const isSame = ours.error === stock?.error;
  if (isTrap(ours.error) && !isSame) return ours.error;
  if (stock && !isSame && FOREIGN.test(ours.error ?? "")) {
    return `${ours.error}, where cpu: ${stock.error ?? "answers"}`;
  }
  if (ours.harm) return `${ours.harm} (${ours.error ?? "no error"})`;
  if (!ours.outputs.every(isTensor)) {
    return `answers [${ours.outputs.map(({ shape }) => `[${shape}]`)}]`;
  }
  if (!stock) return;
  if (isRefused(ours) !== isRefused(stock)) {
    const frames = ({ error, outputs }: Answer) =>
      error ??
        outputs.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(", ");
    return `${frames(ours)}, where cpu: ${frames(stock)}`;
  }
  if (isRefused(ours)) return;
  if (ours.outputs.length !== stock.outputs.length) {
    return `${ours.outputs.length} outputs, not ${stock.outputs.length}`;
  }
  for (const [i, { shape, dtype, values }] of ours.outputs.entries()) {
    const right = stock.outputs[i];
    const frame = `${dtype} [${shape}]`,
      wanted = `${right.dtype} [${right.shape}]`;
    if (frame !== wanted) return `${frame}, not ${wanted}`;
    const found = valuesDiffer(values, right.values);
    if (found) return found;
  }
}

function valuesDiffer(
  ours: ArrayLike<number | string>,
  right: ArrayLike<number | string>,
): string | undefined {
  if (ours.length !== right.length) {
    return `${ours.length} numbers, not ${right.length}`;
  }
  let wrong = 0, whole = 0;
  for (let i = 0; i < ours.length; i++) {
    const is = ours[i], wanted = right[i];
    if (Number.isFinite(wanted)) whole += (wanted as number) ** 2 + 1e-2;
    // As in === but for NaN, and 0 is -0.
    if (is === wanted || (Number.isNaN(is) && Number.isNaN(wanted))) continue;
    const off = Math.abs(is as number - (wanted as number));
    if (!Number.isFinite(off)) return `number ${i} is ${is}, not ${wanted}`;
    wrong += off ** 2;
  }
  const off = Math.sqrt(wrong / whole);
  if (off > TOLERANCE) return `numbers are off by ${off}`;
}
