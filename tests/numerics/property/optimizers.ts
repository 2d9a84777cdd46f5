/** Random steps of optimizers; tfjs has no such kernels. */

import type { Generator } from "./case.ts";
import { anyShape } from "./elementwise.ts";

/** A step of a variable, its gradient and so many averages. */
function optimizer(averages: number, step: typeof plainAdam): Generator {
  return (draw) => {
    const shape = draw.once(9)
      ? [4095 + draw.between(0, 5000)]
      : anyShape(draw);
    const inputs = Array.from({ length: 2 + averages }, (_, i) => {
      const input = draw.floats(shape);
      // The averages of squares cannot be negative.
      const values = input.values.map((value) => i > 1 ? value ** 2 : value);
      return { ...input, values };
    });
    const [rho, beta1, beta2, decay] = [0, 1, 2, 3].map(() => draw.uniform());
    const attrs = {
      ...{ rho, oneMinusRho: 1 - rho, decay, oneMinusDecay: 1 - decay },
      ...{ beta1, oneMinusBeta1: 1 - beta1, beta2, oneMinusBeta2: 1 - beta2 },
      learningRate: draw.uniform(),
      rate: draw.uniform(),
      momentum: draw.uniform(),
      usesNesterov: draw.between(0, 1),
      isCentred: Number(averages === 3),
      bias1: draw.uniform(),
      bias2: draw.uniform(),
      epsilon: draw.pick([1e-7, 1e-3]),
    };
    const numbers = inputs.map(({ values }) => values);
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

/** A step of gradient descent, each operation rounded to float32. */
function plainSgd(
  [variable, gradient]: ArrayLike<number>[],
  { learningRate }: Numbers,
): Float32Array[] {
  const step = (x: number, i: number) =>
    f(f(f(-learningRate) * gradient[i]) + x);
  return [Float32Array.from(variable, step)];
}

/** A step with momentum, Nesterov's if asked for, in tfjs's order. */
function plainMomentum(
  [variable, gradient, first]: ArrayLike<number>[],
  { learningRate, momentum, usesNesterov }: Numbers,
): Float32Array[] {
  const averages = Float32Array.from(
    first,
    (average, i) => f(f(f(momentum) * average) + gradient[i]),
  );
  const steps = averages.map((average, i) =>
    usesNesterov ? f(gradient[i] + f(average * f(momentum))) : average
  );
  return [...plainSgd([variable, steps], { learningRate }), averages];
}

/** A step of Adagrad in tfjs's order. */
function plainAdagrad(
  [variable, gradient, first]: ArrayLike<number>[],
  { learningRate, epsilon }: Numbers,
): Float32Array[] {
  const sums = Float32Array.from(
    first,
    (sum, i) => f(sum + f(gradient[i] * gradient[i])),
  );
  const steps = sums.map((sum, i) =>
    gradient[i] / f(Math.sqrt(f(sum + f(epsilon))))
  );
  return [...plainSgd([variable, steps], { learningRate }), sums];
}

/** A step of Adamax in tfjs's order. */
function plainAdamax(
  [variable, gradient, first, second]: ArrayLike<number>[],
  { rate, beta1, beta2, epsilon }: Numbers,
): Float32Array[] {
  const averages = Float32Array.from(
    first,
    (average, i) => f(f(average * f(beta1)) + f(gradient[i] * f(1 - beta1))),
  );
  const largest = Float32Array.from(
    second,
    (before, i) => Math.max(f(before * f(beta2)), Math.abs(gradient[i])),
  );
  const steps = averages.map((average, i) =>
    average / f(largest[i] + f(epsilon))
  );
  const [next] = plainSgd([variable, steps], { learningRate: rate });
  return [next, averages, largest];
}

/** A step of RMSProp in tfjs's order, centred if there is a third average. */
function plainRmsProp(
  [variable, gradient, first, second, third]: ArrayLike<number>[],
  { learningRate, decay, momentum, epsilon }: Numbers,
): Float32Array[] {
  const averaged = (average: number, x: number) =>
    f(f(average * f(decay)) + f(x * f(1 - decay)));
  const squares = Float32Array.from(
    first,
    (average, i) => averaged(average, f(gradient[i] * gradient[i])),
  );
  const means = Float32Array.from(
    third ?? [],
    (average, i) => averaged(average, gradient[i]),
  );
  const steps = Float32Array.from(second, (before, i) => {
    const variance = third
      ? Math.max(0, f(squares[i] - f(means[i] * means[i])))
      : squares[i];
    const change = f(gradient[i] * f(learningRate)) /
      f(Math.sqrt(f(variance + f(epsilon))));
    return f(f(before * f(momentum)) + f(change));
  });
  const next = Float32Array.from(variable, (x, i) => x - steps[i]);
  return [next, squares, steps, ...third ? [means] : []];
}

/** A generator for each kernel. */
export const optimizerCases: Record<string, Generator> = {
  Adadelta: optimizer(2, plainAdadelta),
  Adagrad: optimizer(1, plainAdagrad),
  Adam: optimizer(2, plainAdam),
  Adamax: optimizer(2, plainAdamax),
  Momentum: optimizer(1, plainMomentum),
  RmsProp: (draw) => optimizer(draw.between(2, 3), plainRmsProp)(draw),
  Sgd: optimizer(0, plainSgd),
};
