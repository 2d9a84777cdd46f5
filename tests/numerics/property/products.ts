/**
 * Random cases of a convolution and its gradients, against their definition: each
 * output is a sum of products of an input and a weight.
 */

import { util } from "@tensorflow/tfjs-core";
import type { Case } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

/** The shapes of a layer's inputs, weights and outputs. */
interface Shapes {
  inShape: number[];
  filterShape: number[];
  outShape: number[];
}

/** How the cases of a kind of convolution are made. */
interface Convolution<Info extends Shapes> {
  layer: (draw: Draw) => { attrs: object; info: Info };
  /** Calls `use` with the indices of an input, a weight and an output. */
  forEachProduct: (
    info: Info,
    use: (x: number, weight: number, y: number) => void,
  ) => void;
  /** Random numbers; those of another mode than the case's where one is given. */
  numbers: (draw: Draw, shape: number[], mode?: Draw["mode"]) => Input;
}

/** Cases of the convolution, and of its gradients by input and by filter. */
export function productCases<Info extends Shapes>(
  { layer, forEachProduct, numbers }: Convolution<Info>,
) {
  /** To be multiplied with others; products of subnormal numbers are zero. */
  const factors = (draw: Draw, shape: number[]) =>
    numbers(draw, shape, draw.mode === "denormals" ? "integers" : draw.mode);
  const near = ({ mode }: Draw) =>
    mode === "floats" ? "norm" as const : undefined;
  const zeros = (shape: number[]) =>
    new Float64Array(util.sizeFromShape(shape));
  return {
    convolution(draw: Draw): Case & { info: Info } {
      const { attrs, info } = layer(draw);
      const x = numbers(draw, info.inShape);
      const filter = factors(draw, info.filterShape);
      const out = zeros(info.outShape);
      forEachProduct(info, (i, weight, y) => {
        out[y] += x.values[i] * filter.values[weight];
      });
      const inputs = { x, filter };
      return { info, inputs, attrs, expected: [out], near: near(draw) };
    },
    byInput(draw: Draw): Case {
      const { attrs, info } = layer(draw);
      const dy = numbers(draw, info.outShape);
      const filter = factors(draw, info.filterShape);
      const dx = zeros(info.inShape);
      forEachProduct(info, (x, weight, y) => {
        dx[x] += dy.values[y] * filter.values[weight];
      });
      return {
        inputs: { dy, filter },
        attrs: { ...attrs, inputShape: info.inShape },
        expected: [dx],
        near: near(draw),
      };
    },
    byFilter(draw: Draw): Case {
      const { attrs, info } = layer(draw);
      const x = numbers(draw, info.inShape), dy = factors(draw, info.outShape);
      const dFilter = zeros(info.filterShape);
      forEachProduct(info, (i, weight, y) => {
        dFilter[weight] += x.values[i] * dy.values[y];
      });
      return {
        inputs: { x, dy },
        attrs: { ...attrs, filterShape: info.filterShape },
        expected: [dFilter],
        near: near(draw),
      };
    },
  };
}
