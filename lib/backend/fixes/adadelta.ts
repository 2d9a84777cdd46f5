/** tfjs's Adadelta, by Zeiler's rule. */

import {
  AdadeltaOptimizer,
  add,
  div,
  mul,
  type Optimizer,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  train,
} from "@tensorflow/tfjs-core";
import {
  ADADELTA,
  type Adadelta,
  averagesOf,
  replaceStep,
} from "../internals/optimizers.ts";

/** With other settings averages grow without end, or 0 is divided by 0. */
const RANGES = {
  learningRate: {
    isRight: (rate: number) => rate >= 0 && rate < Infinity,
    range: "a number from 0 up",
  },
  rho: {
    isRight: (rho: number) => rho >= 0 && rho < 1,
    range: "a number from 0 up and below 1, such as 0.95",
  },
  epsilon: {
    isRight: (epsilon: number) => epsilon > 0 && epsilon < Infinity,
    range: "a number above 0, such as 1e-7",
  },
};

const { applyGradients } = AdadeltaOptimizer.prototype;

/**
 * From now on Adadelta follows Zeiler's rule (2012, arXiv:1212.5701, algorithm 1),
 * as in Keras: it divides by the root of the average of squared gradients after its
 * update. tfjs-core 4.22 does so before the update: see README.md.
 */
export function useZeilersRule() {
  replaceStep(ADADELTA, (optimizer, changes) => {
    const { learningRate, rho, epsilon } = checkedSettings(optimizer);
    const averaged = (average: Tensor, value: Tensor) =>
      add(mul(average, rho), mul(square(value), 1 - rho));
    changes.forEach(({ variable, gradient }, i) => {
      const averages = averagesOf(ADADELTA, optimizer, { variable, i });
      // A variable that is frozen has no gradient; it still has its place.
      if (!gradient) return;
      const [squares, updates] = averages;
      tidy(() => {
        const newSquares = averaged(squares, gradient);
        const ratio = div(add(updates, epsilon), add(newSquares, epsilon));
        const update = mul(sqrt(ratio), gradient);
        const newUpdates = averaged(updates, update);
        const newVariable = sub(variable, mul(update, learningRate));
        squares.assign(newSquares);
        updates.assign(newUpdates);
        variable.assign(newVariable);
      });
    });
    optimizer.incrementIterations();
  });
}

/**
 * The settings of an Adadelta optimizer.
 *
 * @throws {RangeError} when learningRate is no number from 0 up, rho none from 0 up
 * and below 1, or epsilon none above 0.
 */
export function checkedSettings({ learningRate, rho, epsilon }: Adadelta) {
  const settings = { learningRate, rho, epsilon };
  for (const [name, value] of Object.entries(settings)) {
    const { isRight, range } = RANGES[name as keyof typeof RANGES];
    // Tensors have fewer digits: 1e-99 would be 0 there.
    if (typeof value === "number" && isRight(Math.fround(value))) continue;
    throw new RangeError(
      `Cannot use ${name} "${value}" in Adadelta: it must be ${range}`,
    );
  }
  return settings;
}

/**
 * An Adadelta optimizer with the rule that tfjs has by itself, to compare it with
 * Zeiler's. Its first step is hundreds of times too long.
 */
export function uncorrectedAdadelta(learningRate: number): Optimizer {
  return Object.assign(train.adadelta(learningRate), { applyGradients });
}
