/** What recurrent layers of tfjs-layers keep to themselves. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import type { Weight } from "./layers.ts";
import { type Kinds, withMembers } from "./members.ts";

/** The function of an activation is in its class. */
type Activation = object;

/** What an LSTM, GRU or simple cell has before it is built. */
interface CellSettings {
  activation: Activation;
  dropout: number;
  recurrentDropout: number;
  /** What drops numbers in place of tfjs. */
  dropoutFunc: unknown;
  built: boolean;
}

/** A built cell; a simple one has no recurrent activation. */
export interface RecurrentCell extends CellSettings {
  recurrentActivation?: Activation;
  kernel: Weight;
  recurrentKernel: Weight;
  bias: Weight | null;
}

/** What a recurrent layer may be called with. */
export interface RecurrentFlags {
  mask?: Tensor | null;
  training?: boolean | null;
  initialState?: Tensor[] | null;
}

/** A recurrent layer from within. */
export interface RecurrentLayer {
  call(
    inputs: Tensor | Tensor[],
    flags?: RecurrentFlags | null,
  ): Tensor | Tensor[];
  resetStates(states: Tensor[], training?: boolean | null): void;
  cell: object;
  returnSequences: boolean;
  returnState: boolean;
  goBackwards: boolean;
  stateful: boolean;
  /** The state before the first step, where none is given. */
  getInitialState(inputs: Tensor): Tensor[];
  /** The state after the last batch of a stateful layer. */
  states_: Tensor[] | null;
}

/** The classes of recurrent layers, of cells and of activations. */
export interface RecurrentClasses {
  /** Of all recurrent layers. */
  layer: RecurrentLayer;
  /** The prototypes of the cells. */
  cells: Record<"lstm" | "gru" | "simpleRNN", object>;
  activations: Record<ActivationName, object>;
}

type ActivationName = "linear" | "relu" | "tanh" | "sigmoid" | "hardSigmoid";

let found: RecurrentClasses | undefined;

/**
 * The prototypes of recurrent layers, their cells and activations.
 *
 * @throws {Error} when one lacks a member that we use.
 */
export function recurrentClasses(): RecurrentClasses {
  if (found) return found;
  // With a name of its own, for tfjs-layers counts the layers without one.
  const name = "prototype";
  const cellOf = (kind: keyof RecurrentClasses["cells"]) => {
    const layer = withMembers<RecurrentLayer>(
      layers[kind]({ name, units: 1 }),
      "RNN",
      {
        ...{ call: "method", resetStates: "method", cell: "field" },
        ...{ returnSequences: "field", returnState: "field" },
        ...{ goBackwards: "field", stateful: "field", states_: "field" },
        getInitialState: "method",
      },
    );
    withMembers<CellSettings>(layer.cell, "RNNCell", SETTINGS);
    return { cell: Object.getPrototypeOf(layer.cell), layer };
  };
  const activationOf = (activation: ActivationName): object => {
    const layer = layers.activation({ name, activation });
    const inner = withMembers<{ activation: Activation }>(layer, "Activation", {
      activation: "field",
    });
    return Object.getPrototypeOf(inner.activation);
  };
  const lstm = cellOf("lstm"), gru = cellOf("gru");
  const simpleRNN = cellOf("simpleRNN");
  found = {
    layer: Object.getPrototypeOf(Object.getPrototypeOf(lstm.layer)),
    cells: { lstm: lstm.cell, gru: gru.cell, simpleRNN: simpleRNN.cell },
    activations: {
      linear: activationOf("linear"),
      relu: activationOf("relu"),
      tanh: activationOf("tanh"),
      sigmoid: activationOf("sigmoid"),
      hardSigmoid: activationOf("hardSigmoid"),
    },
  };
  return found;
}

const SETTINGS: Kinds<CellSettings> = {
  ...{ activation: "field", dropout: "field", recurrentDropout: "field" },
  ...{ dropoutFunc: "field", built: "field" },
};

/** Whether a cell has its weights. */
export function isBuilt(cell: object): boolean {
  return withMembers<CellSettings>(cell, "RNNCell", SETTINGS).built;
}

/**
 * A built cell from within.
 *
 * @throws {Error} when it lacks a member that we use.
 */
export function innerCell(cell: object): RecurrentCell {
  return withMembers<RecurrentCell>(cell, "RNNCell", {
    ...SETTINGS,
    ...{ kernel: "field", recurrentKernel: "field", bias: "field" },
  } as Kinds<RecurrentCell>);
}
