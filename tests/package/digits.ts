/** A thousand digits, and what a training on them gives in Deno. */

import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";
import { trainDigits } from "./training.ts";

const { train: { images } } = await loadMnist({ train: 1_000, test: 1 });

/** Flat arrays of 1,000 x 28 x 28 numbers from 0 to 1. */
export const digits = {
  clean: new Float32Array(images),
  noisy: new Float32Array(addNoise(images, { random: new Random(1) })),
};

/** With one thread; more give the same bits. */
export const expected = await trainDigits({ ...digits, threads: 1 });
