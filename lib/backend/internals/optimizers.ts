/** What optimizers of tfjs-core keep to themselves, and how they take a step. */

import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  engine,
  fill,
  MomentumOptimizer,
  type Optimizer,
  RMSPropOptimizer,
  type Scalar,
  SGDOptimizer,
  type Tensor,
  tidy,
  util,
  type Variable,
} from "@tensorflow/tfjs-core";
import { type Kinds, withMembers } from "./members.ts";

/** Running averages, one for each variable, in the order of the gradients. */
type Averages = { originalName: string; variable: Variable }[];

/** A class of optimizers, and what its optimizers have. */
export interface Known<Members> {
  of: { prototype: Optimizer };
  kinds: Kinds<Members>;
  /** The field of each of its averages, and the name that tfjs saves it by. */
  averages: { [Name in keyof Members]?: string };
  /** One of the averages that some optimizers of the class do without. */
  isUnused?: (optimizer: Members, average: keyof Members) => boolean;
  /** What all numbers of the averages are at first, if not zero. */
  initialOf?: (optimizer: Members) => number;
}

export interface Common {
  learningRate: number;
  incrementIterations(): void;
}

interface Sgd extends Common {
  setLearningRate(rate: number): void;
}

interface Momentum extends Sgd {
  momentum: number;
  m: Scalar;
  useNesterov: boolean;
  accumulations: Averages;
}

interface Adagrad extends Common {
  initialAccumulatorValue: number;
  accumulatedGrads: Averages;
}

interface Adamax extends Common {
  beta1: number;
  beta2: number;
  epsilon: number;
  decay: number;
  iteration: Variable;
  accBeta1: Variable;
  accumulatedFirstMoment: Averages;
  accumulatedWeightedInfNorm: Averages;
}

export interface Adadelta extends Common {
  rho: number;
  epsilon: number;
  accumulatedGrads: Averages;
  accumulatedUpdates: Averages;
}

interface Adam extends Common {
  beta1: number;
  beta2: number;
  epsilon: number;
  accBeta1: Variable;
  accBeta2: Variable;
  accumulatedFirstMoment: Averages;
  accumulatedSecondMoment: Averages;
}

interface RmsProp extends Common {
  decay: number;
  momentum: number;
  epsilon: number;
  centered: boolean;
  accumulatedMeanSquares: Averages;
  accumulatedMoments: Averages;
  accumulatedMeanGrads: Averages;
}

const COMMON = {
  learningRate: "field",
  incrementIterations: "method",
} as const;

/** tfjs's SGD. */
export const SGD: Known<Sgd> = {
  of: SGDOptimizer,
  kinds: { ...COMMON, setLearningRate: "method" },
  averages: {},
};

/** tfjs's Momentum. */
export const MOMENTUM: Known<Momentum> = {
  of: MomentumOptimizer,
  kinds: {
    ...{ ...SGD.kinds, momentum: "field", m: "field" },
    ...{ useNesterov: "field", accumulations: "field" },
  },
  averages: { accumulations: "momentum" },
};

/** tfjs's Adagrad; it sums squared gradients. */
export const ADAGRAD: Known<Adagrad> = {
  of: AdagradOptimizer,
  kinds: {
    ...{ ...COMMON, initialAccumulatorValue: "field" },
    accumulatedGrads: "field",
  },
  averages: { accumulatedGrads: "accumulator" },
  initialOf: ({ initialAccumulatorValue }) => initialAccumulatorValue,
};

/** tfjs's Adamax; its averages are of gradients and of the largest ones. */
export const ADAMAX: Known<Adamax> = {
  of: AdamaxOptimizer,
  kinds: {
    ...{ ...COMMON, beta1: "field", beta2: "field", epsilon: "field" },
    ...{ decay: "field", iteration: "field", accBeta1: "field" },
    ...{ accumulatedFirstMoment: "field", accumulatedWeightedInfNorm: "field" },
  },
  averages: { accumulatedFirstMoment: "m", accumulatedWeightedInfNorm: "v" },
};

/** tfjs's Adadelta; its averages are of squared gradients and squared updates. */
export const ADADELTA: Known<Adadelta> = {
  of: AdadeltaOptimizer,
  kinds: {
    ...{ ...COMMON, rho: "field", epsilon: "field" },
    ...{ accumulatedGrads: "field", accumulatedUpdates: "field" },
  },
  averages: { accumulatedGrads: "accum_grad", accumulatedUpdates: "accum_var" },
};

/** tfjs's Adam; its averages are of gradients and of squared gradients. */
export const ADAM: Known<Adam> = {
  of: AdamOptimizer,
  kinds: {
    ...{ ...COMMON, beta1: "field", beta2: "field", epsilon: "field" },
    ...{ accBeta1: "field", accBeta2: "field" },
    ...{ accumulatedFirstMoment: "field", accumulatedSecondMoment: "field" },
  },
  averages: { accumulatedFirstMoment: "m", accumulatedSecondMoment: "v" },
};

/** tfjs's RMSProp; its averages are of squared gradients, steps and gradients. */
export const RMSPROP: Known<RmsProp> = {
  of: RMSPropOptimizer,
  kinds: {
    ...{ ...COMMON, decay: "field", momentum: "field", epsilon: "field" },
    ...{ centered: "field", accumulatedMeanSquares: "field" },
    ...{ accumulatedMoments: "field", accumulatedMeanGrads: "field" },
  },
  averages: {
    accumulatedMeanSquares: "rms",
    accumulatedMoments: "momentum",
    accumulatedMeanGrads: "mg",
  },
  isUnused: ({ centered }, average) =>
    average === "accumulatedMeanGrads" && !centered,
};

/**
 * Looks for the methods of all these classes. What their optimizers have is looked
 * for at each step, since they may need a backend to be made.
 *
 * @throws {Error} when one of them is missing.
 */
export function checkOptimizers() {
  for (
    const { of: { prototype }, kinds } of [
      SGD,
      MOMENTUM,
      ADADELTA,
      ADAGRAD,
      ADAM,
      ADAMAX,
      RMSPROP,
    ]
  ) {
    const methods = Object.entries(kinds).filter(([, kind]) =>
      kind === "method"
    );
    withMembers<Record<string, () => void>>(
      prototype,
      prototype.getClassName(),
      {
        ...Object.fromEntries(methods) as Record<string, "method">,
        applyGradients: "method",
      },
    );
  }
}

/** A variable and its gradient, which is missing while the variable is frozen. */
export interface Change {
  variable: Variable;
  gradient?: Tensor | null;
}

/**
 * Replaces how the optimizers of a class take a step. `take` gets the optimizer,
 * each variable with its gradient, and a function that takes the step as before.
 */
export function replaceStep<Members>(
  { of: { prototype }, kinds }: Known<Members>,
  take: (optimizer: Members, changes: Change[], before: () => void) => void,
) {
  const { applyGradients } = prototype;
  prototype.applyGradients = function (gradients) {
    const members = withMembers<Members>(this, this.getClassName(), kinds);
    const named: { name: string; tensor?: Tensor | null }[] =
      Array.isArray(gradients)
        ? gradients
        : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const changes = named.map(({ name, tensor: gradient }) => {
      const variable = engine().registeredVariables[name];
      if (variable) return { variable, gradient };
      throw new RangeError(
        `Cannot change the variable "${name}": there is none of that name; ` +
          `it may have been disposed`,
      );
    });
    take(members, changes, () => applyGradients.call(this, gradients));
  };
}

/** Counts a step of an optimizer that has not counted it itself. */
export function countStep(optimizer: Optimizer) {
  (optimizer as unknown as Common).incrementIterations();
}

/** Gives an optimizer another learning rate; all of tfjs have it in one field. */
export function setRate(optimizer: Optimizer, learningRate: number) {
  Object.assign(optimizer, { learningRate });
}

/** Whether an optimizer is tfjs's RMSProp, centred. */
export function isCentred(optimizer: Optimizer): boolean {
  return Boolean((optimizer as unknown as Partial<RmsProp>).centered);
}

/** Of Adam, the powers of beta1 and beta2, which its own setWeights rounds; else none. */
export function powersOf(optimizer: Optimizer): Variable[] {
  const { accBeta1, accBeta2 } = optimizer as unknown as Partial<Adam>;
  return [accBeta1, accBeta2].filter((power) => power !== undefined);
}

/** The variable that each running average is of, once it has been used. */
const owners = new WeakMap<Variable, Variable>();

/**
 * An optimizer's running averages of the i-th variable, in their order. One that
 * `setWeights` has made is the i-th variable's, as in tfjs. From then on it stays that
 * variable's, also where the optimizer is given other variables, or in another order;
 * tfjs would use one average for two variables there.
 *
 * @throws {RangeError} when they have another shape than the variable.
 */
export function averagesOf<Members>(
  { averages, isUnused, initialOf }: Known<Members>,
  optimizer: Members,
  { variable, i }: { variable: Variable; i: number },
): Variable[] {
  const used = Object.entries<string | undefined>(averages)
    .filter(([field]) => !isUnused?.(optimizer, field as keyof Members));
  return used.map(([field, name]) => {
    const all = optimizer[field as keyof Members] as Averages;
    const isOwn = (each?: Averages[0]) =>
      each && owners.get(each.variable) === variable;
    const isFree = (each?: Averages[0]) =>
      each && (owners.get(each.variable)?.isDisposed ?? true);
    let entry = isOwn(all[i]) ? all[i] : all.find(isOwn);
    entry ??= isFree(all[i]) ? all[i] : all.find(isFree);
    if (!entry) {
      const first = tidy(() =>
        fill(variable.shape, initialOf?.(optimizer) ?? 0).variable(false)
      );
      entry = { originalName: `${variable.name}/${name}`, variable: first };
      all.push(entry);
    }
    const { variable: average } = entry;
    owners.set(average, variable);
    if (util.arraysEqual(average.shape, variable.shape)) return average;
    throw new RangeError(
      `Cannot change the variable "${variable.name}" of shape ` +
        `[${variable.shape}]: the state set for it has shape ` +
        `[${average.shape}]; it is another model's`,
    );
  });
}
