/** Random steps of optimizers; tfjs has no such kernels. */

import type { Generator } from "./case.ts";
import { anyShape } from "./elementwise.ts";

function optimizer(names: string[], step: typeof plainAdam): Generator {
  return (draw) => {
    const shape = draw.once(9)
      ? [4095 + draw.between(0, 5000)]
      : anyShape(draw);
    const inputs = Object.fromEntries(
      names.map((name, i) => {
        const input = draw.floats(shape);
        // The averages of squares cannot be negative.
        const values = input.values.map((value) => i > 1 ? value ** 2 : value);
        return [name, { ...input, values }];
      }),
    );
    const attrs = {
      learningRate: draw.uniform(),
      rho: draw.uniform(),
      beta1: draw.uniform(),
      beta2: draw.uniform(),
      bias1: draw.uniform(),
      bias2: draw.uniform(),
      epsilon: draw.pick([1e-7, 1e-3]),
    };
    const numbers = names.map((name) => inputs[name].values);
    return { inputs, attrs, expected: step(numbers, attrs) };
  };
}

type Numbers = Record<string, number>;
const f = Math.fround;

/** A step of Adam in tfjs's order, each operation rounded to float32. */
function plainAdam(
  [variable, gradient, first, second]: ArrayLike<number>[],
  attrs: Numbers,
): Float32Array[] {
  const { beta1, beta2, bias1, bias2, learningRate, epsilon } = attrs;
  const length = variable.length;
  const [v, m, s] = [0, 0, 0].map(() => new Float32Array(length));
  for (let i = 0; i < length; i++) {
    const square = f(gradient[i] * gradient[i]);
    m[i] = f(f(first[i] * f(beta1)) + f(gradient[i] * f(1 - beta1)));
    s[i] = f(f(second[i] * f(beta2)) + f(square * f(1 - beta2)));
    const root = f(Math.sqrt(f(s[i] / f(bias2))));
    const update = f(f(m[i] / f(bias1)) / f(root + f(epsilon)));
    v[i] = f(f(update * f(-learningRate)) + variable[i]);
  }
  return [v, m, s];
}

/** A step of Zeiler's Adadelta, each operation rounded to float32. */
function plainAdadelta(
  [variable, gradient, squares, updates]: ArrayLike<number>[],
  { rho, epsilon, learningRate }: Numbers,
): Float32Array[] {
  const length = variable.length;
  const [v, s, u] = [0, 0, 0].map(() => new Float32Array(length));
  const averaged = (average: number, x: number) =>
    f(f(average * f(rho)) + f(f(x * x) * f(1 - rho)));
  for (let i = 0; i < length; i++) {
    s[i] = averaged(squares[i], gradient[i]);
    const ratio = f(f(updates[i] + f(epsilon)) / f(s[i] + f(epsilon)));
    const update = f(f(Math.sqrt(ratio)) * gradient[i]);
    u[i] = averaged(updates[i], update);
    v[i] = f(variable[i] - f(update * f(learningRate)));
  }
  return [v, s, u];
}

/** A generator for each kernel. */
export const optimizerCases: Record<string, Generator> = {
  Adam: optimizer(["variable", "gradient", "first", "second"], plainAdam),
  Adadelta: optimizer(
    ["variable", "gradient", "first", "second"],
    plainAdadelta,
  ),
};
