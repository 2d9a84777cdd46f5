import * as tf from "@tensorflow/tfjs";
import { checkOptions } from "../errors/options.ts";

/** What tfjs passes an optimiser's state as. */
type NamedTensors = Parameters<tf.Optimizer["setWeights"]>[0];

interface State {
  /** Running average of squared gradients, shaped as the variable. */
  squares: tf.Variable;
  /** Running average of squared updates. */
  updates: tf.Variable;
}

/** What one step of one variable needs; all of one shape. */
interface StepTensors {
  variable: tf.Tensor;
  gradient: tf.Tensor;
  squares: tf.Tensor;
  updates: tf.Tensor;
}

/** With others averages grow without end, or 0 is divided by 0. */
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

/**
 * The Adadelta optimiser (Zeiler 2012, arXiv:1212.5701, algorithm 1), as in
 * Keras: the step is scaled by the root of the *updated* average of squared
 * gradients. tfjs's own class of that name divides by the average before the
 * update, so its first step is hundreds of times too long.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: new Adadelta(), loss: "meanSquaredError" });
 * ```
 *
 * @throws {TypeError} for an option that it does not know.
 * @throws {RangeError} when learningRate is no number from 0 up, rho none from 0
 * up and below 1, or epsilon none above 0.
 */
export class Adadelta extends tf.Optimizer {
  static readonly className = "KerasAdadelta";
  /** May be changed between two steps, as that of tfjs's optimisers. */
  learningRate: number;
  readonly rho: number;
  readonly epsilon: number;
  /** In the order in which variables first came. */
  readonly #states = new Map<tf.Variable, State>();
  /** Set before their variables came, which take them in order. */
  #waiting: State[] = [];

  constructor(
    options: { learningRate?: number; rho?: number; epsilon?: number } = {},
  ) {
    super();
    checkOptions("Adadelta", options, ["learningRate", "rho", "epsilon"]);
    const { learningRate = 1, rho = 0.95, epsilon = 1e-7 } = options;
    for (
      const [name, value] of Object.entries({ learningRate, rho, epsilon })
    ) {
      const { isRight, range } = RANGES[name as keyof typeof RANGES];
      // Of more digits than tensors keep, 1e-99 would be 0.
      if (typeof value === "number" && isRight(Math.fround(value))) continue;
      throw new RangeError(
        `Cannot use ${name} "${value}" in Adadelta: it must be ${range}`,
      );
    }
    this.learningRate = learningRate;
    this.rho = rho;
    this.epsilon = epsilon;
  }

  override applyGradients(
    gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[],
  ) {
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    for (const { name, tensor } of named) this.#apply(name, tensor);
    this.incrementIterations();
  }

  #apply(name: string, gradient: tf.Tensor | null | undefined) {
    const variable = tf.engine().registeredVariables[name];
    if (!variable) {
      throw new RangeError(
        `Cannot change the variable "${name}": there is none of that name; ` +
          `it may have been disposed`,
      );
    }
    // A variable that is frozen has no gradient; it still takes its place.
    const { squares, updates } = this.#stateOf(variable);
    if (!gradient) return;
    tf.tidy(() => {
      // A backend may bring the whole step as one kernel.
      const [newVariable, newSquares, newUpdates] =
        tf.getKernel("Adadelta", tf.getBackend()) &&
          tf.util.arraysEqual(gradient.shape, variable.shape)
          ? this.#fused({ variable, gradient, squares, updates })
          : this.#plain({ variable, gradient, squares, updates });
      squares.assign(newSquares);
      updates.assign(newUpdates);
      variable.assign(newVariable);
    });
  }

  /** State belongs to a variable, whichever come along in a step. */
  #stateOf(variable: tf.Variable): State {
    const known = this.#states.get(variable);
    if (known) return known;
    const state = this.#waiting.shift() ?? zeroState(variable);
    if (!tf.util.arraysEqual(state.squares.shape, variable.shape)) {
      throw new RangeError(
        `Cannot change the variable "${variable.name}" of shape ` +
          `[${variable.shape}]: the state set for it has shape ` +
          `[${state.squares.shape}]; it is another model's`,
      );
    }
    this.#states.set(variable, state);
    return state;
  }

  #fused(tensors: StepTensors): tf.Tensor[] {
    return tf.engine().runKernel("Adadelta", { ...tensors }, {
      learningRate: this.learningRate,
      rho: this.rho,
      epsilon: this.epsilon,
    });
  }

  #plain({ variable, gradient, squares, updates }: StepTensors): tf.Tensor[] {
    const newSquares = this.#average(squares, gradient);
    const root = updates.add(this.epsilon).div(newSquares.add(this.epsilon));
    const update = root.sqrt().mul(gradient);
    return [
      variable.sub(update.mul(this.learningRate)),
      newSquares,
      this.#average(updates, update),
    ];
  }

  /** rho * average + (1 - rho) * value^2 */
  #average(average: tf.Tensor, value: tf.Tensor): tf.Tensor {
    return average.mul(this.rho).add(value.square().mul(1 - this.rho));
  }

  override dispose() {
    super.dispose();
    this.#forget();
  }

  #forget() {
    for (const { squares, updates } of this.#all()) {
      squares.dispose();
      updates.dispose();
    }
    this.#states.clear();
    this.#waiting = [];
  }

  #all(): State[] {
    return [...this.#states.values(), ...this.#waiting];
  }

  /** Steps taken, then squares and updates of each variable in turn. */
  override async getWeights(): Promise<NamedTensors> {
    const tensors = this.#all().flatMap(({ squares, updates }, i) => [
      { name: `squares/${i}`, tensor: squares },
      { name: `updates/${i}`, tensor: updates },
    ]);
    return [await this.saveIterations(), ...tensors];
  }

  /**
   * Takes what {@linkcode getWeights} gave, of this optimiser or another: for the
   * variables that it has changed so far, and then for those to come, in order.
   *
   * @throws {RangeError} when it is not that.
   */
  override async setWeights(weights: NamedTensors) {
    const pairs = checkWeights(weights);
    await this.extractIterations(weights);
    const variables = [...this.#states.keys()];
    const states = pairs.map(([squares, updates]) => ({
      squares: copyOf(squares),
      updates: copyOf(updates),
    }));
    this.#forget();
    variables.slice(0, states.length)
      .forEach((variable, i) => this.#states.set(variable, states[i]));
    this.#waiting = states.slice(variables.length);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      learningRate: this.learningRate,
      rho: this.rho,
      epsilon: this.epsilon,
    };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    // tfjs may pass more, which a constructor of ours would refuse.
    { learningRate, rho, epsilon }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ learningRate, rho, epsilon });
  }
}
tf.serialization.registerClass(Adadelta);

function zeroState(variable: tf.Tensor): State {
  const zeros = () => tf.tidy(() => tf.zerosLike(variable).variable(false));
  return { squares: zeros(), updates: zeros() };
}

function copyOf(tensor: tf.Tensor): tf.Variable {
  return tf.tidy(() => tensor.clone().variable(false));
}

/** Squares and updates of each variable. */
function checkWeights(weights: NamedTensors): [tf.Tensor, tf.Tensor][] {
  const [steps, ...rest] = weights.map(({ tensor }) => tensor);
  const pairs = rest.flatMap((squares, i) =>
    i % 2 ? [] : [[squares, rest[i + 1]] as [tf.Tensor, tf.Tensor]]
  );
  const areRight = steps?.size === 1 &&
    pairs.every(([squares, updates]) =>
      updates && tf.util.arraysEqual(squares.shape, updates.shape)
    );
  if (areRight) return pairs;
  throw new RangeError(
    `Cannot set "${weights.length}" tensors as the state of Adadelta: they are ` +
      `the steps taken, then two of one shape for each variable; give what ` +
      `its getWeights gave`,
  );
}
