/** Random matrix products, of batches too. */

import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Case, Generator } from "./case.ts";
import type { Draw } from "./draw.ts";
import { fused } from "./fused.ts";

function batchMatMul(draw: Draw, axes = 2): Case & { n: number } {
  const side = () =>
    draw.once(50) ? 0 : draw.once(9) ? draw.between(40, 60) : draw.channels();
  const [m, n] = [side(), side()];
  const k = draw.once(6) ? draw.between(250, 530) : side();
  const [transposeA, transposeB] = [draw.once(2), draw.once(2)];
  const outer = Array.from(
    { length: draw.between(0, axes) },
    () => draw.between(1, 3),
  );
  const [aOuter, bOuter] = draw.broadcast(outer);
  const a = draw.floats([...aOuter, ...(transposeA ? [k, m] : [m, k])]);
  const b = draw.floats(
    [...bOuter, ...(transposeB ? [n, k] : [k, n])],
    draw.mode === "denormals" ? "integers" : draw.mode,
  );
  const whole = backend_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const strides = util.computeStrides(whole);
  const product = new Float64Array(util.sizeFromShape(whole) * m * n);
  /** Which matrix of a tensor belongs to an index of the broadcast batch. */
  const matrix = (shape: number[], index: number) => {
    const at = util.indexToLoc(index, whole.length, [...strides])
      .slice(whole.length - shape.length)
      .map((i, axis) => shape[axis] === 1 ? 0 : i);
    return util.locToIndex(at, at.length, util.computeStrides(shape));
  };
  for (let i = 0; i < product.length; i++) {
    const row = Math.floor(i / n) % m, column = i % n;
    const index = Math.floor(i / n / m);
    const x = matrix(aOuter, index) * m * k, y = matrix(bOuter, index) * k * n;
    for (let j = 0; j < k; j++) {
      product[i] += a.values[x + (transposeA ? j * m + row : row * k + j)] *
        b.values[y + (transposeB ? column * k + j : j * n + column)];
    }
  }
  return {
    n,
    inputs: { a, b },
    attrs: { transposeA, transposeB },
    expected: [product],
    near: draw.mode === "floats" ? "norm" : undefined,
  };
}

function fusedMatMul(draw: Draw): Case {
  // tfjs calls this kernel with one axis of batches.
  const { n, ...matMul } = batchMatMul(draw, 1);
  const { expected: product, near } = matMul;
  const { inputs, attrs, ...rest } = fused(draw, {
    product,
    channels: n,
    near,
  });
  return {
    ...matMul,
    ...rest,
    inputs: { ...matMul.inputs, ...inputs },
    attrs: { ...matMul.attrs, ...attrs },
  };
}

/** An equation of two tensors, with letters in any order; sometimes one is summed alone. */
function einsum(draw: Draw): Case {
  const letters = "abcdefgh".split("");
  const some = (most: number) => letters.splice(0, draw.between(0, most));
  const [batch, rows, columns, inner] = [some(1), some(2), some(2), some(2)];
  const alone = draw.once(9) ? some(1) : [];
  const sizes = new Map(
    [...batch, ...rows, ...columns, ...inner, ...alone]
      .map((letter) => [letter, draw.between(1, 6)]),
  );
  const mixed = (names: string[]) =>
    names.map((name) => ({ name, key: draw.normal() }))
      .sort((a, b) => a.key - b.key).map(({ name }) => name);
  const terms = [[...batch, ...rows, ...inner, ...alone], [
    ...batch,
    ...inner,
    ...columns,
  ]].map(mixed);
  const out = mixed([...batch, ...rows, ...columns]);
  const inputs = terms.map((names) =>
    draw.floats(names.map((name) => sizes.get(name)!), "integers")
  );
  const [a, b] = terms.map((names) => names.join(""));
  const equation = `${a},${b}->${out.join("")}`;
  return { inputs, attrs: { equation }, near: "equal" };
}

/** A generator for each kernel. */
export const matrixCases: Record<string, Generator> = {
  Einsum: einsum,
  BatchMatMul: (draw) => batchMatMul(draw),
  _FusedMatMul: fusedMatMul,
};
