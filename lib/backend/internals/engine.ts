/** What the engine of tfjs-core keeps to itself. */

import {
  engine,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { withMembers } from "./members.ts";

/** The gradient by each input, of an upstream gradient, what was saved, and attributes. */
export type Gradients = (
  dy: Tensor,
  saved: Tensor[],
  attrs: NamedAttrMap,
) => Record<string, () => Tensor>;

/** An operation whose gradient is wanted. */
export interface TapeNode {
  inputs: Record<string, Tensor>;
  outputs: Tensor[];
  /** Copies of what its gradient needs. */
  saved: Tensor[];
}

interface State {
  /** How many gradients are being computed, one within another. */
  gradientDepth: number;
  /** The operations whose gradient is wanted, or null. */
  activeTape: TapeNode[] | null;
  tensorInfo: WeakMap<TensorInfo["dataId"], unknown>;
}

interface Engine {
  addTapeNode(
    name: string,
    inputs: Record<string, Tensor>,
    outputs: Tensor[],
    gradients: Gradients,
    saved?: Tensor[],
    ...more: unknown[]
  ): void;
  gradients(...args: unknown[]): unknown;
  moveData(backend: unknown, dataId: TensorInfo["dataId"]): void;
  runKernel(name: string, inputs: NamedTensorMap, attrs?: unknown): unknown;
  saveTensorsForBackwardMode(tensors: Tensor[]): Tensor[];
  startTape(): void;
  endTape(): void;
  tidy(use: () => unknown): unknown;
  state: State;
}

/**
 * The engine, whose methods may be replaced.
 *
 * @throws {Error} when it lacks a member that we use.
 */
export function innerEngine(): Engine {
  const inner = withMembers<Engine>(engine(), "Engine", {
    ...{ addTapeNode: "method", gradients: "method", moveData: "method" },
    ...{ runKernel: "method", saveTensorsForBackwardMode: "method" },
    ...{ startTape: "method", endTape: "method", tidy: "method" },
    state: "field",
  });
  const { state } = inner, { activeTape = null } = state;
  withMembers<Omit<State, "activeTape">>(state, "EngineState", {
    ...{ gradientDepth: "field", tensorInfo: "field" },
  });
  // The field is not there before the first tape, which stays when it ends.
  inner.startTape();
  inner.endTape();
  withMembers<Pick<State, "activeTape">>(state, "EngineState", {
    activeTape: "field",
  });
  state.activeTape = activeTape;
  return inner;
}

/** Whether a gradient is being computed, whose own gradient may be asked for. */
export function isInGradient(): boolean {
  return engine().state.gradientDepth > 0;
}

/** Whether the gradient of a gradient is being computed. */
export function isInNestedGradient(): boolean {
  return engine().state.gradientDepth > 1;
}
