/** 600 digits and what is left of them under noise, as numbers from 0 to 1. */

import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";

export const { train: { images: clean } } = await loadMnist({
  train: 600,
  test: 1,
});
export const noisy = addNoise(clean, { random: new Random(1) });
