import * as tf from "@tensorflow/tfjs";

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
 */
export class Adadelta extends tf.Optimizer {
  static readonly className = "KerasAdadelta";
  readonly #learningRate: number;
  readonly #rho: number;
  readonly #epsilon: number;
  /** In the order in which gradients come. */
  #states: State[] = [];

  constructor({ learningRate = 1, rho = 0.95, epsilon = 1e-7 } = {}) {
    super();
    this.#learningRate = learningRate;
    this.#rho = rho;
    this.#epsilon = epsilon;
  }

  override applyGradients(
    gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[],
  ) {
    const named = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor] as const)
      : Object.entries(gradients);
    named.forEach(([name, gradient], i) => this.#apply(i, name, gradient));
    this.incrementIterations();
  }

  #apply(index: number, name: string, gradient: tf.Tensor) {
    const variable = tf.engine().registeredVariables[name];
    const { squares, updates } = this.#states[index] ??= zeroState(variable);
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

  #fused(tensors: StepTensors): tf.Tensor[] {
    return tf.engine().runKernel("Adadelta", { ...tensors }, {
      learningRate: this.#learningRate,
      rho: this.#rho,
      epsilon: this.#epsilon,
    });
  }

  #plain({ variable, gradient, squares, updates }: StepTensors): tf.Tensor[] {
    const newSquares = this.#average(squares, gradient);
    const root = updates.add(this.#epsilon).div(newSquares.add(this.#epsilon));
    const update = root.sqrt().mul(gradient);
    return [
      variable.sub(update.mul(this.#learningRate)),
      newSquares,
      this.#average(updates, update),
    ];
  }

  /** rho * average + (1 - rho) * value^2 */
  #average(average: tf.Tensor, value: tf.Tensor): tf.Tensor {
    return average.mul(this.#rho).add(value.square().mul(1 - this.#rho));
  }

  override dispose() {
    super.dispose();
    this.#forget();
  }

  #forget() {
    for (const { squares, updates } of this.#states) {
      squares.dispose();
      updates.dispose();
    }
    this.#states = [];
  }

  /** Steps taken, then squares and updates of each variable in turn. */
  override async getWeights(): Promise<NamedTensors> {
    const tensors = this.#states.flatMap(({ squares, updates }, i) => [
      { name: `squares/${i}`, tensor: squares },
      { name: `updates/${i}`, tensor: updates },
    ]);
    return [await this.saveIterations(), ...tensors];
  }

  override async setWeights(weights: NamedTensors) {
    const tensors = await this.extractIterations(weights);
    this.#forget();
    for (let i = 0; i < tensors.length; i += 2) {
      const [squares, updates] = tensors.slice(i, i + 2)
        .map(({ tensor }) => tf.tidy(() => tensor.clone().variable(false)));
      this.#states.push({ squares, updates });
    }
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      learningRate: this.#learningRate,
      rho: this.#rho,
      epsilon: this.#epsilon,
    };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(config);
  }
}
tf.serialization.registerClass(Adadelta);

function zeroState(variable: tf.Tensor): State {
  const zeros = () => tf.tidy(() => tf.zerosLike(variable).variable(false));
  return { squares: zeros(), updates: zeros() };
}
