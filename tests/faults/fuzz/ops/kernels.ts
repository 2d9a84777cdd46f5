/** Kernels that only gradients call, called with a dy of any shape. */

import { CELLS } from "../../../../lib/backend/recurrent/kernels.ts";
import {
  GRU,
  HARD_SIGMOID,
  LINEAR,
  LSTM,
  RELU,
  SIGMOID,
  SIMPLE,
  TANH,
} from "../../../../lib/backend/threads/jobs.ts";
import { padding } from "../../../numerics/property/padding.ts";
import type { Argument, CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";
import { filterSizes } from "./windows.ts";

const CHANNELS = [1, 2, 3, 5, 16, 16, 32];

/** Mostly what the windows make of the images, else anything of four axes. */
function layer(draw: CallDraw) {
  const forWinograd = draw.once(3);
  const number = () => forWinograd ? 16 : draw.pick(CHANNELS);
  const c = number(), channels = number();
  const size = () => draw.between(forWinograd ? 7 : 3, 9);
  const stride = forWinograd ? 1 : draw.pick([1, 1, 2, 3]);
  // Beyond eight images there is a second chunk of filter gradients.
  const n = draw.once(3) ? draw.between(9, 18) : draw.between(1, 3);
  const x = [n, size(), size(), c];
  const isSame = draw.flag();
  const window = forWinograd ? [3, 3] : filterSizes(draw);
  const out = (axis: number) =>
    isSame
      ? Math.ceil(x[axis] / stride)
      : Math.max(0, Math.ceil((x[axis] - window[axis - 1] + 1) / stride));
  const shape = (channels: number) =>
    draw.once(6) ? draw.sizes(4) : [x[0], out(1), out(2), channels];
  const { pad, dimRoundingMode } = draw.once(5)
    ? padding(draw)
    : { pad: isSame ? "same" : "valid", dimRoundingMode: undefined };
  const attrs = { strides: stride, pad, dimRoundingMode };
  return { x, c, channels, window, shape, attrs };
}

function convolution(draw: CallDraw) {
  const { attrs, ...others } = layer(draw);
  // The kernels of tfjs, which judge, take no notice of dilations.
  return { ...others, attrs: { ...attrs, dataFormat: "NHWC" } };
}

function pool(needsOutput: boolean) {
  return (draw: CallDraw): Argument[] => {
    const { x, c, window, shape, attrs } = layer(draw);
    const dy = draw.some(shape(c)), input = draw.some(x);
    const output = draw.some(dy.shape);
    const inputs = needsOutput ? { dy, input, output } : { dy, input };
    return [inputs, { ...attrs, filterSize: window }];
  };
}

function pool3d(draw: CallDraw): Argument[] {
  const x = [1, ...Array.from({ length: 3 }, () => draw.between(2, 5)), 2];
  const dy = x.map((size, axis) =>
    axis > 0 && axis < 4 ? Math.ceil(size / 2) : size
  );
  const inputs = {
    dy: draw.some(draw.once(6) ? draw.sizes(5) : dy),
    input: draw.some(x),
  };
  return [inputs, { filterSize: 2, strides: 2, pad: "same" }];
}

function resize(draw: CallDraw): Argument[] {
  const size = () => draw.between(1, 9);
  const images = [draw.between(1, 3), size(), size(), draw.between(1, 4)];
  const dy = draw.once(6)
    ? draw.sizes(4)
    : [images[0], size(), size(), images[3]];
  const align = draw.once(3);
  return [
    { images: draw.some(images), dy: draw.some(dy) },
    { alignCorners: align, halfPixelCenters: !align && draw.flag() },
  ];
}

function elementwise(names: string[], attrs = {}) {
  return (draw: CallDraw): Argument[] => {
    const shape = draw.sizes();
    const inputs = Object.fromEntries(names.map((name) => [
      name,
      draw.some(draw.once(6) ? draw.sizes() : shape),
    ]));
    return [inputs, attrs];
  };
}

/** A sequence of a recurrent layer, or its gradient. */
function sequence(isGradient: boolean) {
  return (draw: CallDraw): Argument[] => {
    const cell = draw.pick([LSTM, GRU, SIMPLE]), { gates } = CELLS[cell];
    const [batch, time, units] = [0, 1, 2].map(() => draw.between(1, 9));
    const some = (...shape: number[]) =>
      draw.some(draw.once(20) ? draw.sizes() : shape);
    const width = gates * units, hasSequence = draw.flag();
    const mask = draw.flag() ? some(batch, time) : some(0);
    const inputs = { recurrentKernel: some(units, width), mask };
    const number = () => draw.pick([LINEAR, RELU, TANH, SIGMOID, HARD_SIGMOID]);
    const attrs = {
      ...{ cell, activation: number(), recurrentActivation: number() },
      ...{ goBackwards: draw.flag(), returnsSequence: hasSequence },
      keeps: draw.flag(),
    };
    const step = () => some(batch, time, units);
    const state = () => some(batch, units);
    const gatesOfSteps = some(batch, time, width);
    return [
      isGradient
        ? {
          ...{ ...inputs, gates: gatesOfSteps, previous: step() },
          ...{ inner: step(), dh: state(), dc: state() },
          ...hasSequence && { dSequence: step() },
        }
        : {
          ...{ ...inputs, x: gatesOfSteps, h: state(), c: state() },
          ...draw.flag() && { bias: some(width) },
        },
      attrs,
    ];
  };
}

/** A step of a variable, its gradient and so many averages. */
function optimizer(averages: number, attrs: Record<string, number>) {
  const names = Array.from({ length: 2 + averages }, (_, i) => `${i}`);
  return elementwise(names, {
    ...{ learningRate: 0.1, momentum: 0.5, usesNesterov: 1, epsilon: 1e-7 },
    ...attrs,
  });
}

const BETAS = {
  ...{ beta1: 0.9, oneMinusBeta1: 0.1, beta2: 0.99, oneMinusBeta2: 0.01 },
  ...{ bias1: 0.1, bias2: 0.1, rate: 0.1 },
};
const DECAY = {
  ...{ rho: 0.9, oneMinusRho: 0.1, decay: 0.9, oneMinusDecay: 0.1 },
};

/** Layer normalization of rows, or its gradient. */
function layerNorm(isGradient: boolean) {
  return (draw: CallDraw): Argument[] => {
    const x = draw.sizes(), c = x.slice(-1);
    const rows = x.slice(0, -1).reduce((all, size) => all * size, 1);
    const some = (shape: number[]) =>
      draw.some(draw.once(12) ? draw.sizes() : shape);
    const scale = draw.flag() && { scale: some(c) };
    const inputs = isGradient
      ? { dy: some(x), mean: some([rows]), inverse: some([rows]) }
      : draw.flag() && { offset: some(c) };
    return [{ x: draw.some(x), ...inputs, ...scale }, { epsilon: 0.001 }];
  };
}

const BOUNDS = { clipValueMin: 0.1, clipValueMax: 0.9 };

/** The categorical cross-entropy of rows, or its gradient. */
function crossEntropy(isGradient: boolean) {
  return (draw: CallDraw): Argument[] => {
    const shape = draw.sizes();
    const some = (shape: number[]) =>
      draw.some(draw.once(12) ? draw.sizes() : shape);
    const dy = isGradient && { dy: some(shape.slice(0, -1)) };
    const inputs = { ...dy, target: some(shape), output: some(shape) };
    return [inputs, BOUNDS];
  };
}

/** Of those that our backend alone has, nothing is compared. */
const OWN: Record<string, Operation["draw"]> = {
  LeakyReluGrad: elementwise(["a", "b"], { alpha: 0.2 }),
  Relu6Grad: elementwise(["a", "b"]),
  ReluGrad: elementwise(["a", "b"]),
  SeluGrad: elementwise(["a", "b"]),
  SigmoidGrad: elementwise(["a", "b"]),
  SoftmaxGrad: elementwise(["a", "b"]),
  SoftplusGrad: elementwise(["a", "b"]),
  TanhGrad: elementwise(["a", "b"]),
  BatchNormTrainingGrad: (draw) => {
    const x = draw.sizes(), c = x.slice(-1);
    const some = (shape: number[]) =>
      draw.some(draw.once(9) ? draw.sizes() : shape);
    const inputs = { dy: some(x), x: draw.some(x), mean: some(c) };
    return [{ ...inputs, variance: some(c), scale: some(c) }, {
      epsilon: 0.001,
    }];
  },
  BinaryCrossEntropy: elementwise(["a", "b"], BOUNDS),
  BinaryCrossEntropyGrad: elementwise(["a", "b"], BOUNDS),
  CategoricalCrossEntropy: crossEntropy(false),
  CategoricalCrossEntropyGrad: crossEntropy(true),
  EpilogueGrad: (draw) => {
    const activation = draw.pick(["relu", "elu", "sigmoid", "tanh", "linear"]);
    return elementwise(["dy", "y"], { activation })(draw);
  },
  ClipByValueGrad: elementwise(["a", "b"], {
    clipValueMin: -1,
    clipValueMax: 1,
  }),
  Adadelta: optimizer(2, DECAY),
  Adagrad: optimizer(1, {}),
  Adam: optimizer(2, BETAS),
  Adamax: optimizer(2, BETAS),
  Momentum: optimizer(1, {}),
  RmsProp: optimizer(2, { ...DECAY, isCentred: 0 }),
  Sgd: optimizer(0, {}),
  LayerNorm: layerNorm(false),
  LayerNormGrad: layerNorm(true),
  RecurrentSequence: sequence(false),
  RecurrentSequenceGrad: sequence(true),
};

const KERNELS: Record<string, Operation["draw"]> = {
  Conv2DBackpropFilter: (draw) => {
    const { x, c, channels, window, shape, attrs } = convolution(draw);
    const filterShape = [...window, c, channels];
    const inputs = { x: draw.some(x), dy: draw.some(shape(channels)) };
    return [inputs, { ...attrs, filterShape }];
  },
  Conv2DBackpropInput: (draw) => {
    const { x, c, channels, window, shape, attrs } = convolution(draw);
    const filter = draw.some([...window, c, channels]);
    const dy = draw.some(shape(channels));
    return [{ dy, filter }, { ...attrs, inputShape: x }];
  },
  DepthwiseConv2dNativeBackpropFilter: (draw) => {
    const { x, c, window, shape, attrs } = convolution(draw);
    const inputs = { x: draw.some(x), dy: draw.some(shape(c)) };
    return [inputs, { ...attrs, dilations: 1, filterShape: [...window, c, 1] }];
  },
  DepthwiseConv2dNativeBackpropInput: (draw) => {
    const { x, c, window, shape, attrs } = convolution(draw);
    const filter = draw.some([...window, c, 1]);
    const dy = draw.some(shape(c));
    return [{ dy, filter }, { ...attrs, dilations: 1, inputShape: x }];
  },
  Conv3DBackpropFilterV2: (draw) => {
    const x = [1, 3, 4, 3, 2];
    const dy = draw.once(6) ? draw.sizes(5) : [1, 3, 4, 3, 3];
    const inputs = { x: draw.some(x), dy: draw.some(dy) };
    const filterShape = [2, 2, 2, 2, 3];
    return [inputs, { strides: 1, pad: "same", filterShape }];
  },
  Conv3DBackpropInputV2: (draw) => {
    const dy = draw.once(6) ? draw.sizes(5) : [1, 3, 4, 3, 3];
    const inputs = { dy: draw.some(dy), filter: draw.some([2, 2, 2, 2, 3]) };
    const inputShape = [1, 3, 4, 3, 2];
    return [inputs, { strides: 1, pad: "same", inputShape }];
  },
  Dilation2DBackpropFilter: (draw) => {
    const { x, c, window, shape, attrs } = layer(draw);
    const filter = draw.some([...window, c]);
    const inputs = { x: draw.some(x), filter, dy: draw.some(shape(c)) };
    return [inputs, { ...attrs, dilations: 1 }];
  },
  Dilation2DBackpropInput: (draw) => {
    const { x, c, window, shape, attrs } = layer(draw);
    const filter = draw.some([...window, c]);
    const inputs = { x: draw.some(x), filter, dy: draw.some(shape(c)) };
    return [inputs, { ...attrs, dilations: 1 }];
  },
  MaxPoolGrad: pool(true),
  AvgPoolGrad: pool(false),
  MaxPool3DGrad: pool3d,
  AvgPool3DGrad: pool3d,
  ResizeNearestNeighborGrad: resize,
  ResizeBilinearGrad: resize,
  EluGrad: elementwise(["dy", "y"]),
  LRNGrad: (draw) => {
    const shape = draw.sizes(4);
    const one = () => draw.some(draw.once(6) ? draw.sizes(4) : shape);
    const attrs = { depthRadius: 2, bias: 1, alpha: 1, beta: 0.5 };
    return [{ x: one(), y: one(), dy: one() }, attrs];
  },
};

export const kernels: Record<string, Operation> = Object.fromEntries([
  ...Object.entries(KERNELS).map(([name, draw]) => [`kernel ${name}`, {
    draw,
    isKernel: true,
  }]),
  ...Object.entries(OWN).map(([name, draw]) => [`kernel ${name}`, {
    draw,
    isKernel: true,
    isOurs: true,
  }]),
]);
