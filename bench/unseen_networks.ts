/**
 * Networks that nobody timed while the backend was written: whether what was learned
 * from the others holds for those, too. They are timed when they are named:
 *
 *     deno task bench lenet vgg
 */

import * as tf from "@tensorflow/tfjs";
import {
  classifier,
  cleaner,
  type Contestant,
  functional,
  type Symbol,
  through,
  trained,
} from "./contestant.ts";
import {
  classes,
  inputShape,
  linear,
  NETWORKS,
  normalized,
  rectified,
  sequence,
  square,
} from "./networks.ts";

const {
  add,
  averagePooling2d,
  bidirectional,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  dense,
  embedding,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  layerNormalization,
  leakyReLU,
  lstm,
  maxPooling2d,
  permute,
  reshape,
  upSampling2d,
} = tf.layers;

const leaky = () => leakyReLU({ alpha: 0.2 });
const half = () => maxPooling2d({ poolSize: 2 });
const colours = [32, 32, 3];

/** LeNet-5 (LeCun et al. 1998), with a softmax at its end. */
function lenet(): Contestant {
  const tanh = { kernelSize: 5, activation: "tanh" } as const;
  const mean = () => averagePooling2d({ poolSize: 2 });
  return classifier([
    ...[conv2d({ ...tanh, filters: 6, padding: "same", inputShape }), mean()],
    ...[conv2d({ ...tanh, filters: 16 }), mean(), flatten()],
    dense({ units: 120, activation: "tanh" }),
    dense({ units: 84, activation: "tanh" }),
    classes(),
  ]);
}

/** The beginning of VGG (Simonyan and Zisserman 2014), for small pictures. */
function vgg(): Contestant {
  const row = (filters: number) => conv2d({ ...square, filters });
  return classifier([
    conv2d({ ...square, filters: 64, inputShape: colours }),
    ...[row(64), half(), row(128), row(128), half(), flatten()],
    ...[dense({ units: 256, activation: "relu" }), classes()],
  ], { batch: 32 });
}

const five = { kernelSize: 5, padding: "same" } as const;

/** The two networks of DCGAN (Radford et al. 2015), for digits. */
function discriminator(): Contestant {
  return classifier([
    conv2d({ ...five, filters: 64, strides: 2, inputShape }),
    ...[leaky(), conv2d({ ...five, filters: 128, strides: 2 }), leaky()],
    ...[flatten(), classes()],
  ]);
}

function generator(): Contestant {
  const up = (filters: number, strides: number) =>
    conv2dTranspose({ ...five, filters, strides, useBias: false });
  return cleaner(tf.sequential({
    layers: [
      dense({ units: 49 * 128, useBias: false, inputShape: [100] }),
      ...[normalized(), leaky(), reshape({ targetShape: [7, 7, 128] })],
      ...[up(64, 1), normalized(), leaky(), up(32, 2), normalized(), leaky()],
      conv2dTranspose({
        ...five,
        ...{ filters: 1, strides: 2, activation: "sigmoid" },
      }),
    ],
  }));
}

/** Dilated causal convolutions, as in WaveNet (van den Oord et al. 2016), without gates. */
function wavenet(): Contestant {
  const causal = (dilationRate: number) =>
    conv1d({
      ...{ filters: 32, kernelSize: 2, padding: "causal", dilationRate },
      activation: "tanh",
    });
  return functional([1024, 1], (input) => {
    const out = [1, 2, 4, 8, 16, 32].reduce(
      (x, rate) => add().apply([x, through(x, causal(rate))]) as Symbol,
      through(input, causal(1)),
    );
    return through(out, globalAveragePooling1d({}), classes());
  }, { batch: 16 });
}

/** Windows of three, four and five words (Kim 2014). */
function textCnn(): Contestant {
  const inputs = tf.input({ shape: [100] });
  const words = through(
    inputs,
    embedding({ inputDim: 5000, outputDim: 64, inputLength: 100 }),
  );
  const parts = [3, 4, 5].map((kernelSize) =>
    through(
      words,
      conv1d({ filters: 64, kernelSize, activation: "relu" }),
      globalMaxPooling1d({}),
    )
  );
  const outputs = through(concatenate().apply(parts) as Symbol, classes());
  const model = tf.model({ inputs, outputs });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  return trained(model, { batch: 64, words: 5000 });
}

/** Two layers that read in both directions. */
function bidirectionalLstm(): Contestant {
  const cells = (returnSequences: boolean) =>
    lstm({ units: 64, recurrentActivation: "sigmoid", returnSequences });
  return classifier([
    bidirectional({ layer: cells(true) as tf.RNN, inputShape: sequence }),
    bidirectional({ layer: cells(false) as tf.RNN }),
    classes(),
  ], { batch: 64 });
}

/** A few numbers a row: almost nothing to compute. */
function tabular(): Contestant {
  const row = { units: 64, activation: "elu" } as const;
  return classifier([
    ...[dense({ ...row, inputShape: [20] }), dense(row), dense(row), classes()],
  ], { batch: 32 });
}

/** A block of DenseNet (Huang et al. 2016). */
function densenet(): Contestant {
  const grow = (x: Symbol) => {
    const layer = conv2d({ ...linear, filters: 12, kernelSize: 3 });
    const more = through(x, normalized(), rectified(), layer);
    return concatenate().apply([x, more]) as Symbol;
  };
  const first = () => conv2d({ ...linear, filters: 24, kernelSize: 3 });
  return functional(colours, (input) =>
    through(
      grow(grow(grow(grow(through(input, first()))))),
      ...[normalized(), rectified(), averagePooling2d({ poolSize: 2 })],
      ...[globalAveragePooling2d({}), classes()],
    ), { batch: 32 });
}

/** MLP-Mixer (Tolstikhin et al. 2021), with relu: dense layers over places, then channels. */
function mixer(): Contestant {
  const turned = () => permute({ dims: [2, 1] });
  const row = (units: number) => dense({ units, activation: "relu" });
  const beside = (x: Symbol, ...layers: tf.layers.Layer[]) =>
    add().apply([x, through(x, layerNormalization(), ...layers)]) as Symbol;
  const block = (x: Symbol) =>
    beside(beside(x, turned(), row(49), turned()), row(64));
  return functional(
    [49, 64],
    (x) => through(block(block(x)), globalAveragePooling1d({}), classes()),
    { batch: 64 },
  );
}

/** Three modules of SqueezeNet (Iandola et al. 2016). */
function squeezenet(): Contestant {
  const row = (filters: number, kernelSize: number) =>
    conv2d({ ...square, filters, kernelSize });
  const fire = (x: Symbol, few: number, many: number) => {
    const squeezed = through(x, row(few, 1));
    const sides = [1, 3].map((size) => through(squeezed, row(many, size)));
    return concatenate().apply(sides) as Symbol;
  };
  return functional(colours, (input) => {
    const x = fire(fire(through(input, row(64, 3), half()), 16, 64), 16, 64);
    const y = fire(through(x, half()), 32, 128);
    return through(y, globalAveragePooling2d({}), classes());
  }, { batch: 64 });
}

/** Makes a picture of 14 x 14 one of 28 x 28. */
function superResolution(): Contestant {
  return cleaner(tf.sequential({
    layers: [
      conv2d({
        ...{ ...five, filters: 64, activation: "relu" },
        inputShape: [14, 14, 1],
      }),
      ...[conv2d({ ...square, filters: 32 }), upSampling2d({})],
      conv2d({ ...square, filters: 1, activation: "sigmoid" }),
    ],
  }));
}

/** Makes all networks by name: those of every bench, and these. */
export const ALL_NETWORKS: Record<string, () => Contestant> = {
  ...NETWORKS,
  ...{ lenet, vgg, discriminator, generator, wavenet, text_cnn: textCnn },
  bidirectional: bidirectionalLstm,
  ...{ tabular, densenet, mixer, squeezenet },
  super_resolution: superResolution,
};
