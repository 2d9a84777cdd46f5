/** The cross-entropies of tfjs-layers: one kernel forward, and one back. */

import {
  cast,
  engine,
  getBackend,
  type KernelConfig,
  mean,
  mul,
  registerGradient,
  type Tensor,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import { hasShape } from "../geometry/sizes.ts";
import { isInNestedGradient } from "../internals/engine.ts";
import { layersPrototypes, type Loss } from "../internals/layers.ts";
import {
  accelerate,
  areFloats,
  type Call,
  runOperation,
} from "./accelerate.ts";

/** Numbers of a chunk, at least: they take longer than to start it. */
const NUMBERS_PER_CHUNK = 8_192;

type Inputs = { target: TensorInfo; output: TensorInfo };
/** The bounds of probabilities, by the names that ClipByValue has for them. */
type Bounds = { clipValueMin: number; clipValueMax: number };

/** Runs a task over rows [..., c] of targets and outputs, if it can. */
function run(
  task: "categoricalCrossEntropy" | "categoricalCrossEntropyGradient",
  { target, output }: Inputs,
  { loss, gradient, attrs, backend }: {
    loss: TensorInfo;
    gradient?: TensorInfo;
    attrs: Bounds;
    backend: WasmBackend;
  },
) {
  const c = output.shape.at(-1)!;
  const rows = util.sizeFromShape(output.shape) / c;
  const perChunk = Math.ceil(NUMBERS_PER_CHUNK / c);
  backend.pool.run(task, {
    target: backend.address(target),
    output: backend.address(output),
    loss: backend.address(loss),
    gradient: gradient ? backend.address(gradient) : 0,
    ...{ rows, c, perChunk, low: attrs.clipValueMin, high: attrs.clipValueMax },
  }, Math.ceil(rows / perChunk));
}

function areRows({ target, output }: Inputs): boolean {
  return areFloats(target, output) && hasShape(target, output.shape) &&
    output.shape.length > 0 && util.sizeFromShape(output.shape) > 0;
}

/** loss[...] of target[..., c] and output[..., c]. */
function categorical(
  { inputs, attrs, backend }: Call<Inputs, Bounds>,
): TensorInfo | undefined {
  if (!areRows(inputs)) return undefined;
  const loss = backend.output(inputs.output.shape.slice(0, -1));
  run("categoricalCrossEntropy", inputs, { loss, attrs, backend });
  return loss;
}

/** The gradient by the output, from that of the loss. */
function categoricalGrad(
  { inputs: { dy, ...inputs }, attrs, backend }: Call<
    Inputs & { dy: TensorInfo },
    Bounds
  >,
): TensorInfo | undefined {
  const { shape } = inputs.output;
  const fits = areRows(inputs) && areFloats(dy) &&
    hasShape(dy, shape.slice(0, -1));
  if (!fits) return undefined;
  const gradient = backend.output(shape);
  run("categoricalCrossEntropyGradient", inputs, {
    ...{ loss: dy, gradient, attrs, backend },
  });
  return gradient;
}

/** Kernels that tfjs does not have; those of the binary one are elementwise. */
export const losses: KernelConfig[] = [
  accelerate("CategoricalCrossEntropy", categorical),
  accelerate("CategoricalCrossEntropyGrad", categoricalGrad),
];

/** From now on models compute these losses in these kernels on our backend. */
export function loseInOneKernel() {
  registerGradient({
    kernelName: "CategoricalCrossEntropy",
    inputsToSave: ["target", "output"],
    gradFunc: (dy, [target, output], attrs) => ({
      output: () =>
        runOperation("CategoricalCrossEntropyGrad", {
          ...{ dy: dy as Tensor, target, output },
        }, attrs)[0],
    }),
  });
  registerGradient({
    kernelName: "BinaryCrossEntropy",
    inputsToSave: ["a", "b"],
    gradFunc: (dy, [a, b], attrs) => ({
      b: () =>
        mul(
          dy as Tensor,
          runOperation("BinaryCrossEntropyGrad", { a, b }, attrs)[0],
        ),
    }),
  });
  const { model, crossEntropy, categoricalCrossEntropy } = layersPrototypes();
  const ours = new Map<unknown, Loss>([
    [
      crossEntropy,
      onOurs(crossEntropy, (a, b, attrs) => {
        return mean(runOperation("BinaryCrossEntropy", { a, b }, attrs)[0], -1);
      }),
    ],
    [
      categoricalCrossEntropy,
      onOurs(
        categoricalCrossEntropy,
        (target, output, attrs) => {
          const inputs = { target, output };
          return runOperation("CategoricalCrossEntropy", inputs, attrs)[0];
        },
      ),
    ],
  ]);
  const { compile } = model;
  model.compile = function (args) {
    compile.call(this, args);
    this.lossFunctions = this.lossFunctions.map((loss) =>
      ours.get(loss) ?? loss
    );
  };
}

/** A loss by one kernel where it can be, else as tfjs has it. */
function onOurs(
  own: Loss,
  inOneKernel: (
    target: Tensor,
    output: Tensor,
    attrs: Bounds,
  ) => Tensor,
): Loss {
  const loss: Loss = (target, output) => {
    const isOurs = getBackend() === BACKEND && areFloats(output) &&
      output.size > 0 && util.arraysEqual(target.shape, output.shape) &&
      !isInNestedGradient(); // the kernels' gradients have none
    if (!isOurs) return own(target, output);
    const epsilon = engine().backend.epsilon();
    return inOneKernel(cast(target, "float32"), output, {
      ...{ clipValueMin: epsilon, clipValueMax: 1 - epsilon },
    });
  };
  return Object.assign(loss, { own });
}
