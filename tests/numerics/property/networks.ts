/** Random networks that run as one, against the same layers one by one and in float64. */

import * as tf from "@tensorflow/tfjs";
import { Random } from "../../../lib/data/random.ts";
import { asOne, layerByLayer, randomNetwork } from "../random_network.ts";
import { bothWays, difference } from "./fault.ts";
import { plainNetwork } from "./plain_network.ts";

type Network = ReturnType<typeof randomNetwork>;
type Found = string | undefined;

const near = { near: "norm", unit: 0 } as const;

/**
 * A relu or a pooling compares numbers. If they differ by less than CLEAR, rounding may
 * turn the comparison round, which changes a gradient by a thousandth. So in such a
 * network only larger errors count.
 */
const CLEAR = 1e-5, CLEAR_ERROR = 1e-4, UNCLEAR_ERROR = 1e-2;

/** Compares loss, prediction and gradients. */
function ofFloats(network: Network): Found {
  const plain = plainNetwork(network), layers = layerByLayer(network);
  const tolerance = plain.margin > CLEAR ? CLEAR_ERROR : UNCLEAR_ERROR;
  return bothWays(() => {
    const { loss, meanLoss, prediction, gradients } = asOne(network);
    if (meanLoss !== loss) return `meanLoss is ${meanLoss}, not ${loss}`;
    return difference([loss, loss], [layers.loss, plain.loss], near) ??
      difference(prediction, layers.prediction, near) ??
      difference(prediction, plain.prediction, near) ??
      Object.entries(gradients).map(([name, gradient], i) => {
        const options = { ...near, tolerance };
        const found = difference(gradient, layers.gradients[name], options) ??
          difference(gradient, plain.gradients[i], options);
        return found && `gradient of ${name}: ${found}`;
      }).find((found) => found);
  });
}

/**
 * Compares predictions if one pixel is not finite. The other images must keep their
 * bits. In its own image there must be NaN where there is in float64, and elsewhere NaN
 * or the right number.
 */
function ofSpecial({ x, ...rest }: Network, random: Random): Found {
  const changed = x.dataSync<"float32">().slice();
  const pixel = random.integer(changed.length);
  changed[pixel] = [NaN, Infinity, -Infinity][random.integer(3)];
  const image = Math.floor(pixel * x.shape[0] / changed.length);
  const network = { x: tf.tensor(changed, x.shape), ...rest };
  const plain = plainNetwork(network).prediction;
  const isHere = (i: number) =>
    Math.floor(i * x.shape[0] / plain.length) === image;
  return bothWays(() => {
    const before = asOne({ x, ...rest }).prediction;
    const after = asOne(network).prediction;
    return difference(after, plain, { ...near, mayBeLost: isHere }) ??
      difference(
        after.filter((_, i) => !isHere(i)),
        before.filter((_, i) => !isHere(i)),
      );
  });
}

/** What is wrong with the random network of a seed, if anything is. */
export function networkFaultOf(seed: number): Found {
  tf.engine().startScope();
  const random = new Random(seed);
  // Mostly so few images that they are one chunk, with few comparisons.
  const n = random.integer(5) ? 1 + random.integer(2) : 8 + random.integer(12);
  const kind = random.integer(4) ? ofFloats : ofSpecial;
  let network = randomNetwork(random, n);
  // With many images, two numbers are always nearly the same.
  while (n < 8 && kind === ofFloats && plainNetwork(network).margin < CLEAR) {
    network.model.dispose();
    network = randomNetwork(random, n);
  }
  const found = kind(network, random);
  network.model.dispose();
  tf.engine().endScope();
  return found && `${kind.name}: ${found}`;
}
