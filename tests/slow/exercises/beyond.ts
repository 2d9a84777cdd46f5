/** Right and wrong answers to the exercises of notebooks 7 and 8. */

import * as tf from "@tensorflow/tfjs";
import { mean, meanSquaredError, psnr } from "../../../lib/scores/metrics.ts";
import { loadMnist } from "../../../lib/data/mnist.ts";
import { addNoise } from "../../../lib/data/noise.ts";
import { principalComponents } from "../../../lib/scores/pca.ts";
import { Random } from "../../../lib/data/random.ts";
import type { Case } from "./case.ts";

const { train, test } = await loadMnist({ train: 500, test: 500 });
const clean = test.images;
const components = principalComponents(train.images);
const through = (count: number, images = clean) => {
  const pca = components(count);
  return pca.decode(pca.encode(images));
};
const scoreOf = (images: Float32Array) => mean(psnr(clean, images));
const least = Array.from({ length: 100 }, (_, i) => i + 1)
  .find((count) => scoreOf(through(count)) > 20)!;
const grain = (factor: number, images = clean) =>
  addNoise(images, { factor, random: new Random(5) });

const first = clean.slice(0, 784), second = clean.slice(784, 1568);
const mixed = first.map((value, i) => (value + second[i]) / 2);
const middle = clean.slice(2 * 784, 3 * 784);
const [gap] = meanSquaredError(mixed, middle);

const pca = through(10, train.images);
const linear = pca.map((value) => Math.min(1, value + 0.01));

const constant = [0.15, 0.13, 0.121, 0.117, 0.113, 0.111];
const dropped = [0.15, 0.13, 0.121, 0.117, 0.1153, 0.1142];

const plain = grain(0.2);
const moved = addNoise(clean, { factor: 0.2, random: new Random(6) });
const both = plain.map((value, i) => (value + moved[i]) / 2);
const gain = scoreOf(both) - scoreOf(plain);
const right = (images: Float32Array) =>
  images.map((_, i) => i % 28 ? images[i - 1] : 0);

/** The tutorial's convolutions, with so many channels and skip connections. */
function network(channels: number, { skips = 2 } = {}) {
  type Symbolic = tf.SymbolicTensor;
  const convolution = (from: Symbolic, filters = channels) =>
    tf.layers.conv2d({ filters, kernelSize: 3, padding: "same" })
      .apply(from) as Symbolic;
  const pool = (from: Symbolic) =>
    tf.layers.maxPooling2d({ poolSize: 2 }).apply(from) as Symbolic;
  const beside = (small: Symbolic, skip: Symbolic, isJoined: boolean) => {
    const large = tf.layers.upSampling2d({}).apply(small) as Symbolic;
    return isJoined
      ? tf.layers.concatenate().apply([large, skip]) as Symbolic
      : large;
  };
  const inputs = tf.input({ shape: [28, 28, 1] });
  const whole = convolution(inputs), half = convolution(pool(whole));
  const code = convolution(pool(half));
  const back = convolution(beside(code, half, skips > 0));
  const outputs = convolution(beside(back, whole, skips > 1), 1);
  return tf.model({ inputs, outputs });
}
const model = network(27);

/** By the exercise's id. */
export const beyond: Record<string, Case> = {
  "07.1": {
    right: [{ fewer: through(least - 1), enough: through(least) }],
    wrong: [
      [/exchanged/, { fewer: through(least), enough: through(least - 1) }],
      [/not yet above/, {
        fewer: through(least - 2),
        enough: through(least - 1),
      }],
      [/even fewer/, { fewer: through(least), enough: through(least + 1) }],
      [/more than one/, { fewer: through(least - 3), enough: through(least) }],
      [/"enough" is missing/, { fewer: through(least) }],
    ],
  },
  "07.2": {
    right: [{ cleanTaught: grain(0.4), noisyTaught: grain(0.3) }],
    wrong: [
      [/is given clean digits/, {
        cleanTaught: grain(0.2),
        noisyTaught: grain(0.1),
      }],
      [/exchanged/, { cleanTaught: grain(0.3), noisyTaught: grain(0.4) }],
      [/hardly better/, { cleanTaught: grain(0.4), noisyTaught: grain(0.39) }],
      [/two networks/, { cleanTaught: grain(0.4), noisyTaught: grain(0.4) }],
    ],
  },
  "07.3": {
    right: [{ first, second, middle, gap }],
    wrong: [
      [/mean of the two images/, { first, second, middle: mixed, gap: 0 }],
      [/closer to test digit 1/, { first: second, second, middle, gap }],
      [/closer to test digit 0/, { first, second: first, middle, gap }],
      [/is a root/, { first, second, middle, gap: Math.sqrt(gap) }],
      [/`gap` is not/, { first, second, middle, gap: gap / 2 }],
    ],
  },
  "07.4": {
    right: [{ linear, pca }],
    wrong: [
      [/no linear network can/, { linear: through(12, train.images), pca }],
      [/times that of PCA/, { linear: through(7, train.images), pca }],
      [/as ten components/, { linear, pca: through(49, train.images) }],
      [/is one a network/, { linear: pca, pca }],
      [/outside of 0 to 1/, { linear: linear.map((v) => v - 0.5), pca }],
    ],
  },
  "08.1": {
    right: [{ constant, dropped }],
    wrong: [
      [/are equal/, { constant, dropped: constant }],
      [/from epoch 1 on/, {
        constant,
        dropped: dropped.with(0, 0.16),
      }],
      [/only in the last/, { constant, dropped: constant.with(5, 0.112) }],
      [/exchanged/, { constant: dropped, dropped: constant }],
      [/below the floor/, { constant, dropped: dropped.with(5, 0.05) }],
      [/no training/, { constant: constant.with(0, 0.69), dropped }],
      [/6 numbers; there are 5/, { constant: constant.slice(1), dropped }],
    ],
  },
  "08.2": {
    right: [{ fixed: [0.0977, 0.1035], fresh: [0.102, 0.0994] }],
    wrong: [
      [/exchanged/, { fixed: [0.102, 0.0994], fresh: [0.0977, 0.1035] }],
      [/alike/, { fixed: [0.0977, 0.1035], fresh: [0.0977, 0.1035] }],
      [/by heart yet/, { fixed: [0.1116, 0.1104], fresh: [0.1142, 0.1117] }],
      [/ends better/, { fixed: [0.0977, 0.1035], fresh: [0.13, 0.13] }],
      [/last epoch/, { fixed: [0.69, 0.1035], fresh: [0.102, 0.0994] }],
    ],
  },
  "08.3": {
    right: [{ plain, moved, both, gain }],
    wrong: [
      [/moved back/, { plain, moved: right(moved), both, gain }],
      [/were the noisy images moved/, {
        plain,
        moved: plain,
        both: plain,
        gain: 0,
      }],
      [/pixel by pixel/, { plain, moved, both: moved, gain }],
      [/`gain` is not/, { plain, moved, both, gain: -gain }],
      [/trained/, { plain: grain(0.5), moved, both, gain }],
    ],
  },
  "08.4": {
    right: [{ model, uNet: 18.6, tutorial: 16.8 }],
    wrong: [
      [/has 1 skip/, {
        model: network(27, { skips: 1 }),
        uNet: 18.6,
        tutorial: 16.8,
      }],
      [/more than the tutorial/, {
        model: network(28),
        uNet: 18.6,
        tutorial: 16.8,
      }],
      [/more channels/, { model: network(25), uNet: 18.6, tutorial: 16.8 }],
      [/exchanged/, { model, uNet: 16.8, tutorial: 18.6 }],
      [/no PSNR/, { model, uNet: 0.1, tutorial: 16.8 }],
      [/should be a model/, { model: 27, uNet: 18.6, tutorial: 16.8 }],
    ],
  },
};
